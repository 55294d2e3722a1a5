import Digests
import Scheduling

/// By what an operation is known again.
package struct JournalSignature: Hashable {
    package var procedure: String
    package var position: Position
    /// Of its argument.
    package var digest: [UInt8]

    package init(procedure: String, position: Position, digest: [UInt8]) {
        self.procedure = procedure
        self.position = position
        self.digest = digest
    }

    /// For a message.
    package var text: String {
        let digits = Digest(bytes: digest)?.short ?? "?"
        return "'\(procedure)' at position \(position), argument \(digits)"
    }
}

extension JournalSignature {
    package init(_ call: CalledOperation, _ procedure: String) {
        self.init(
            procedure: procedure, position: call.position,
            digest: Digest.of(call.arguments).bytes)
    }
}
