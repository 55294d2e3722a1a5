import Scheduling

/// What the runtime needs to know of an application's interface; generated from its `.x` file.
public struct InterfaceDescription: Hashable, Sendable {
    public let name: String
    public let program: UInt32
    public let version: UInt32
    /// SHA-256 of the checked interface; a slave of another one is refused.
    public let hash: [UInt8]
    /// The shared variables; an index is a slot.
    public let shared: [String]
    public let procedures: [ProcedureDescription]

    public init(
        name: String, program: UInt32, version: UInt32, hash: [UInt8], shared: [String],
        procedures: [ProcedureDescription]
    ) {
        self.name = name
        self.program = program
        self.version = version
        self.hash = hash
        self.shared = shared
        self.procedures = procedures
    }

    /// nil where the interface has no such procedure.
    package func procedure(_ number: UInt32) -> ProcedureDescription? {
        // Numbers are given in order of declaration from 1, so that the first look usually hits.
        let likely = Int(number) - 1
        if procedures.indices.contains(likely), procedures[likely].number == number {
            return procedures[likely]
        }
        return procedures.first { $0.number == number }
    }

    /// The procedure's name for messages.
    package func name(of procedure: UInt32) -> String {
        self.procedure(procedure)?.name ?? "procedure \(procedure)"
    }
}

/// One operation of an interface.
public struct ProcedureDescription: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Applied by every replica, in program order.
        case context
        /// Executed by one worker; again after a failure.
        case worker
        /// May also be executed twice at once.
        case pure
        /// Executed at most once.
        case once
    }

    public let number: UInt32
    public let name: String
    public let kind: Kind
    /// The slots of the shared variables that it reads.
    public let reads: [Int]
    /// Of a context operation: its effect replaces that of its earlier invocations.
    public let replacesEarlier: Bool

    public init(
        number: UInt32, name: String, kind: Kind, reads: [Int], replacesEarlier: Bool = false
    ) {
        self.number = number
        self.name = name
        self.kind = kind
        self.reads = reads
        self.replacesEarlier = replacesEarlier
    }

    /// nil for a context operation, which is no operation of the scheduler's.
    package var traits: OperationTraits? {
        let kind: OperationKind
        switch self.kind {
        case .context: return nil
        case .worker: kind = .worker
        case .pure: kind = .pure
        case .once: kind = .once
        }
        return OperationTraits(procedure: number, kind: kind, reads: SlotSet(reads))
    }
}
