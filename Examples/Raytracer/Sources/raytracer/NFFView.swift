import Marionette

/// The view of an NFF file while its lines are read.
struct NFFView {
    static let parts: Set<String> = ["from", "at", "up", "angle", "hither", "resolution"]

    let start: NFFWord
    private var camera = Camera()
    private var seen: Set<String> = []

    init(start: NFFWord) { self.start = start }

    mutating func take(
        _ name: String, _ entity: NFFEntity, from entities: NFFEntities
    ) throws(NFFError) {
        guard seen.insert(name).inserted else {
            throw entities.error(.twice(name), at: entity.keyword)
        }
        let needed = ["angle": 1, "hither": 1, "resolution": 2][name] ?? 3
        guard entity.words.count == needed else {
            let phrase = needed == 1 ? "1 number" : "\(needed) numbers"
            let fault = NFFError.Fault.numberCount(
                entity: "'\(name)'", needed: phrase, found: entity.words.count)
            throw entities.error(fault, at: entity.keyword, through: entity.words.last)
        }
        if name == "resolution" {
            camera.width = try side(entity.words[0], entities)
            camera.height = try side(entity.words[1], entities)
            return
        }
        var values: [Float] = []
        for word in entity.words { values.append(try entities.number(word)) }
        switch name {
        case "from": camera.from = vector(values)
        case "at": camera.at = vector(values)
        case "up": camera.up = vector(values)
        case "hither": camera.hither = max(0, values[0])
        default:
            camera.angle = values[0]
            guard values[0] > 0, values[0] < 180 else {
                throw entities.error(.angle(values[0]), at: entity.words[0])
            }
        }
    }

    /// The whole view; `hither` and `resolution` may be left out.
    func camera(in entities: NFFEntities) throws(NFFError) -> Camera {
        for name in ["from", "at", "up", "angle"] where !seen.contains(name) {
            throw entities.error(.viewLacks(name), at: start)
        }
        return camera
    }

    private func side(_ word: NFFWord, _ entities: NFFEntities) throws(NFFError) -> Int32 {
        let text = entities.text(word)
        guard let side = Int32(text), 1...Int32(IMAGE_SIDE_MAX) ~= side else {
            throw entities.error(.resolution(text), at: word)
        }
        return side
    }
}
