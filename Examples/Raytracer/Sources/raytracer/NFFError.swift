import Marionette

/// What is wrong with an NFF file, and where.
struct NFFError: DiagnosticError, Hashable {
    enum Fault: Hashable {
        /// `needed` is told as a phrase: `4 numbers`, `3 or 6 numbers`.
        case numberCount(entity: String, needed: String, found: Int)
        case notNumber(String)
        case outOfRange(String)
        case unknownEntity(String)
        case outsideView(String)
        case viewLacks(String)
        case twice(String)
        case notCount(String, entity: String)
        case cornerCount(Int, entity: String)
        case tooMany(String, limit: Int)
        case resolution(String)
        case angle(Float)
        case negative(String, entity: String)
        case emptyCone
        case sense8
    }

    var fault: Fault
    var place: SourcePlace

    var exitCode: ExitCode { .failed }

    var diagnostic: Diagnostic {
        Diagnostic(summary: summary, place: place, notes: notes, remedy: remedy)
    }

    private var summary: String {
        switch fault {
        case .numberCount(let entity, let needed, let found):
            "\(entity) needs \(needed), found \(found)"
        case .notNumber(let word): "'\(word)' is not a number"
        case .outOfRange(let word): "'\(word)' is beyond what a 32-bit float holds"
        case .unknownEntity(let name): "'\(name)' is not an entity of NFF"
        case .outsideView(let name): "'\(name)' stands outside a view"
        case .viewLacks(let name): "the view has no '\(name)'"
        case .twice(let name): "a second '\(name)'"
        case .notCount(let word, let entity): "'\(word)' is no count of a \(entity)'s corners"
        case .cornerCount(let count, let entity):
            "a \(entity) of \(count) corners: 3 to \(NFFLimits.corners) are read"
        case .tooMany(let things, let limit): "more than \(limit) \(things)"
        case .resolution(let word):
            "a resolution of '\(word)': whole numbers from 1 to \(IMAGE_SIDE_MAX)"
        case .angle(let angle): "a view of \(angle) degrees: above 0 and below 180"
        case .negative(let word, let entity): "\(entity): '\(word)' is negative"
        case .emptyCone: "a cone whose base and apex are one point"
        case .sense8: "a Sense8 NFF file, which is another format of the same name"
        }
    }

    private var notes: [String] {
        switch fault {
        case .unknownEntity: ["entities: v b l f c s p pp, and comments after #"]
        case .sense8:
            ["NFF here is the Neutral File Format of Haines' Standard Procedural Database"]
        default: []
        }
    }

    private var remedy: String? {
        switch fault {
        case .outsideView: "begin the view with a line 'v'"
        case .sense8: "convert it to PLY or OBJ and give it as --mesh FILE"
        default: nil
        }
    }
}

/// What an NFF file says that is not drawn as it says.
enum NFFWarning: Hashable {
    case texture
    case shortFill
    case tessellation

    func diagnostic(at place: SourcePlace) -> Diagnostic {
        let summary =
            switch self {
            case .texture: "textures are not drawn"
            case .shortFill: "a fill of fewer than 8 numbers: the default fill has the rest"
            case .tessellation: "spheres and cones are drawn round, without tessellation"
            }
        return Diagnostic(severity: .warning, summary: summary, place: place)
    }
}

/// Hostile files end here, not in memory.
enum NFFLimits {
    static let fileBytes = 256 << 20
    /// Of one polygon.
    static let corners = 4096
    static let lights = 1000
    static let surfaces = 1_000_000
    static let shapes = 10_000_000
}
