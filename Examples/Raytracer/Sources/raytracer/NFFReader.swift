import Marionette

/// Reads the Neutral File Format (E. Haines, version 3.1, 1992) of the Standard Procedural
/// Database.
///
///     v                          view: from, at, up, angle, hither, resolution, a line each
///     b R G B                    background
///     l X Y Z [R G B]            light; without a color, all share the light of one over sqrt(n)
///     f R G B Kd Ks Shine T N    fill of what follows; the name of a texture may follow, and is
/// not drawn
///     s X Y Z R                  sphere
///     c X Y Z R  X Y Z R         cone or cylinder: base and apex
///     p N  X Y Z …               polygon
///     pp N  X Y Z NX NY NZ …     polygon with normals
///
/// Other programs write more, which is read with a warning where it is not drawn as it is said:
/// fills that end early, `tess`, and assimp's solids (see `NFFSolid`).
struct NFFReader {
    private var entities: NFFEntities
    private var result = SceneFile()
    private var whiteLights: [Int] = []
    private var meshes = MeshCollector()
    private var shapes = 0
    private var notDrawn: [NFFWarning: SourcePlace] = [:]

    init(_ bytes: [UInt8], file: String) {
        entities = NFFEntities(bytes, file: file)
    }

    static func read(_ bytes: [UInt8], file: String) throws(NFFError) -> SceneFile {
        var reader = NFFReader(bytes, file: file)
        return try reader.read()
    }

    private mutating func read() throws(NFFError) -> SceneFile {
        var isFirst = true
        var view: NFFView?
        while let entity = try entities.next() {
            let name = entities.text(entity.keyword)
            if isFirst, name.lowercased() == "nff" {
                throw entities.error(.sense8, at: entity.keyword)
            }
            isFirst = false
            if NFFView.parts.contains(name) {
                guard view != nil else {
                    throw entities.error(.outsideView(name), at: entity.keyword)
                }
                try view?.take(name, entity, from: entities)
            } else if name == "v" {
                guard result.camera == nil, view == nil else {
                    throw entities.error(.twice("v"), at: entity.keyword)
                }
                try numbers(entity, "view", [0], "no numbers")
                view = NFFView(start: entity.keyword)
            } else {
                // The view ends with the first entity of another kind.
                if let ended = view { result.camera = try ended.camera(in: entities) }
                view = nil
                try take(name, entity)
            }
        }
        if let ended = view { result.camera = try ended.camera(in: entities) }
        return finished()
    }

    private mutating func take(_ name: String, _ entity: NFFEntity) throws(NFFError) {
        switch name {
        case "b":
            result.scene.background = color(try numbers(entity, "background", [3], "3 numbers"))
        case "l": try takeLight(entity)
        case "f": try takeFill(entity)
        case "s": try takeSphere(entity)
        case "c": try takeCone(entity)
        case "p": try takePolygon(entity, "polygon", perCorner: 3)
        case "pp": try takePolygon(entity, "patch", perCorner: 6)
        case "tet", "oct", "hex", "dod": try takeSolid(entity, name)
        case "tess":
            try numbers(entity, "tess", [1], "1 number")
            warn(.tessellation, entity.keyword)
        default: throw entities.error(.unknownEntity(name), at: entity.keyword)
        }
    }

    private mutating func finished() -> SceneFile {
        let share = 1 / Float(max(1, result.scene.lights.count)).squareRoot()
        for index in whiteLights {
            result.scene.lights[index].color = Color(red: share, green: share, blue: share)
        }
        result.scene.meshes = meshes.meshes
        result.warnings = notDrawn.map { $0.key.diagnostic(at: $0.value) }
            .sorted { ($0.place?.line ?? 0, $0.summary) < ($1.place?.line ?? 0, $1.summary) }
        return result
    }

    // MARK: Entities

    private mutating func takeLight(_ entity: NFFEntity) throws(NFFError) {
        let values = try numbers(entity, "light", [3, 6], "3 or 6 numbers")
        guard result.scene.lights.count < NFFLimits.lights else {
            throw entities.error(.tooMany("lights", limit: NFFLimits.lights), at: entity.keyword)
        }
        if values.count == 3 { whiteLights.append(result.scene.lights.count) }
        result.scene.lights.append(
            Light(
                position: vector(values), color: values.count == 6 ? color(values[3...]) : Color()))
    }

    private mutating func takeFill(_ entity: NFFEntity) throws(NFFError) {
        var entity = entity
        if let last = entity.words.last, !entities.beginsNumber(last) {
            warn(.texture, entity.words.removeLast())
        }
        let values = try numbers(entity, "fill", Array(3...8), "8 numbers")
        if values.count < 8 { warn(.shortFill, entity.keyword) }
        if let wrong = values.firstIndex(where: { $0 < 0 }) {
            let word = entity.words[wrong]
            throw entities.error(.negative(entities.text(word), entity: "fill"), at: word)
        }
        guard result.scene.surfaces.count < NFFLimits.surfaces else {
            throw entities.error(.tooMany("fills", limit: NFFLimits.surfaces), at: entity.keyword)
        }
        let plain = Surface.plain
        let rest = [
            plain.diffuse, plain.specular, plain.shine, plain.transmittance, plain.refraction,
        ]
        let shares = values[3...] + rest.dropFirst(values.count - 3)
        result.scene.surfaces.append(
            Surface(
                color: color(values), diffuse: shares[3], specular: shares[4], shine: shares[5],
                transmittance: shares[6], refraction: shares[7]))
    }

    private mutating func takeSphere(_ entity: NFFEntity) throws(NFFError) {
        let values = try numbers(entity, "sphere", [4, 6], "4 numbers")
        if values.count == 6 { return try add(.ellipsoid, values, entity) }
        try count(1, entity)
        result.scene.spheres.append(
            Sphere(surface: surface(), center: vector(values), radius: values[3]))
    }

    private mutating func takeCone(_ entity: NFFEntity) throws(NFFError) {
        let values = try numbers(entity, "cone", [8], "8 numbers")
        try count(1, entity)
        guard values[0..<3] != values[4..<7] else {
            throw entities.error(.emptyCone, at: entity.keyword)
        }
        result.scene.cones.append(
            Cone(
                surface: surface(), base: vector(values), baseRadius: values[3],
                apex: vector(values[4...]), apexRadius: values[7]))
    }

    private mutating func takePolygon(
        _ entity: NFFEntity, _ name: String, perCorner: Int
    ) throws(NFFError) {
        guard let first = entity.words.first else {
            throw entities.error(
                .numberCount(entity: name, needed: "a count of corners", found: 0),
                at: entity.keyword)
        }
        guard let corners = Int(entities.text(first)) else {
            throw entities.error(.notCount(entities.text(first), entity: name), at: first)
        }
        guard 3...NFFLimits.corners ~= corners else {
            throw entities.error(.cornerCount(corners, entity: name), at: first)
        }
        var rest = entity
        rest.words.removeFirst()
        let needed = corners * perCorner
        let values = try numbers(
            rest, "\(name) of \(corners) corners", [needed], "\(needed) numbers")
        try count(corners - 2, entity)
        let points = stride(from: 0, to: needed, by: perCorner).map { vector(values[$0...]) }
        let normals =
            perCorner == 6
            ? stride(from: 3, to: needed, by: 6).map { vector(values[$0...]) } : []
        meshes.add(surface: surface(), corners: points, normals: normals)
    }

    private mutating func takeSolid(_ entity: NFFEntity, _ name: String) throws(NFFError) {
        let values = try numbers(entity, "solid", [4, 6], "4 or 6 numbers")
        guard let solid = NFFSolid(rawValue: name) else { return }
        try add(solid, values, entity)
    }

    private mutating func add(
        _ solid: NFFSolid, _ values: [Float], _ entity: NFFEntity
    ) throws(NFFError) {
        let radii =
            values.count == 6
            ? vector(values[3...]) : Vector(x: values[3], y: values[3], z: values[3])
        for face in solid.faces(center: vector(values), radii: radii) {
            try count(face.corners.count - 2, entity)
            meshes.add(surface: surface(), corners: face.corners, normals: face.normals)
        }
    }

    // MARK: Parts

    /// The first place of each kind is told.
    private mutating func warn(_ warning: NFFWarning, _ word: NFFWord) {
        if notDrawn[warning] == nil { notDrawn[warning] = entities.place(of: word) }
    }

    /// The fill that holds here; a file that begins without one gets the default.
    private mutating func surface() -> UInt32 {
        if result.scene.surfaces.isEmpty { result.scene.surfaces.append(.plain) }
        return UInt32(result.scene.surfaces.count - 1)
    }

    private mutating func count(_ added: Int, _ entity: NFFEntity) throws(NFFError) {
        shapes += added
        guard shapes <= NFFLimits.shapes else {
            throw entities.error(.tooMany("shapes", limit: NFFLimits.shapes), at: entity.keyword)
        }
    }

    @discardableResult
    private func numbers(
        _ entity: NFFEntity, _ name: String, _ counts: [Int], _ needed: String
    ) throws(NFFError) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(entity.words.count)
        for word in entity.words { values.append(try entities.number(word)) }
        if counts.contains(values.count) { return values }
        let fault = NFFError.Fault.numberCount(entity: name, needed: needed, found: values.count)
        // The first word too many is shown, or else the entity that ends too early.
        if let most = counts.last, values.count > most {
            throw entities.error(fault, at: entity.words[most])
        }
        throw entities.error(fault, at: entity.keyword, through: entity.words.last)
    }
}

func vector(_ values: some RandomAccessCollection<Float>) -> Vector {
    let values = values.prefix(3).map { $0 }
    return Vector(x: values[0], y: values[1], z: values[2])
}

func color(_ values: some RandomAccessCollection<Float>) -> Color {
    let values = values.prefix(3).map { $0 }
    return Color(red: values[0], green: values[1], blue: values[2])
}

extension Surface {
    /// A light grey with a soft gleam: for shapes without a fill.
    static let plain = Surface(
        color: Color(red: 0.85, green: 0.85, blue: 0.82), diffuse: 0.8, specular: 0.1, shine: 30,
        transmittance: 0, refraction: 1)
}
