/// What `marionette explain-crash` makes of a worker's crash.
public struct CrashText: Codable, Hashable, Sendable {
    /// What went wrong, as far as the signal tells: `stack overflow`.
    public var cause: String
    /// Where, on each host the same: `worker/scene.c:41`; nil: not known.
    public var place: String?
    /// The functions, the innermost first, and what is missing to know more.
    public var lines: [String]

    /// - Parameter cause: what went wrong, as far as the signal tells.
    public init(cause: String, place: String? = nil, lines: [String] = []) {
        self.cause = cause
        self.place = place
        self.lines = lines
    }
}
