/// What the user wants to attach to: `HOST`, `HOST:3`, `HOST:slave`.
public struct WorkerSelection: Hashable, Sendable {
    public enum Part: Hashable, Sendable {
        /// One that executes an operation, if there is one.
        case anyWorker
        case worker(UInt32)
        /// The relay, which runs no user code.
        case slave
    }

    public var host: String
    public var part: Part

    public init(host: String, part: Part) {
        self.host = host
        self.part = part
    }

    public init(_ text: String) throws(DebuggingError) {
        // The last colon: names of hosts may hold colons themselves.
        guard let colon = text.lastIndex(of: ":") else {
            guard !text.isEmpty else { throw .badSelection(text: text) }
            self.init(host: text, part: .anyWorker)
            return
        }
        let host = String(text[..<colon])
        let name = text[text.index(after: colon)...]
        guard !host.isEmpty else { throw .badSelection(text: text) }
        if name == "slave" {
            self.init(host: host, part: .slave)
        } else if let number = UInt32(name) {
            self.init(host: host, part: .worker(number))
        } else {
            throw .badSelection(text: text)
        }
    }
}
