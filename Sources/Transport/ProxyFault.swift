import Diagnostics

/// Why a connection failed that a jump host or another proxy was to carry.
public struct ProxyFault: Hashable, Sendable {
    /// `its jump host 'me@gate:22'`
    public var hop: String
    /// As it looks from here: who carries a connection says more.
    public var reason: String
    /// The last lines of what the proxy wrote to standard error.
    public var words: [String]
    /// Shows what is wrong with it.
    public var check: String

    public init(hop: String, reason: String, words: [String], check: String) {
        self.hop = hop
        self.reason = reason
        self.words = words
        self.check = check
    }

    /// What ssh says of a connection after it has said why that failed.
    private static let consequences = [
        "stdio forwarding failed", "UNKNOWN port", "kex_exchange_identification: Connection closed",
        "banner exchange:",
    ]

    /// The last line that is no consequence of another.
    private var cause: String? {
        words.last { line in !Self.consequences.contains { line.contains($0) } } ?? words.last
    }

    func diagnostic(_ host: String) -> Diagnostic {
        Diagnostic(
            summary: "host '\(host)' is unreachable through \(hop): \(cause ?? reason)",
            notes: words.filter { $0 != cause }.map { "it said: \($0)" },
            remedy: "see it with: \(check)")
    }
}
