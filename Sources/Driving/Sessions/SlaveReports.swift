import Diagnostics
import RunRecords
import WireProtocol

extension slave_identity {
    /// Why this slave can't serve the run; nil where it can.
    package func mismatch(
        with host: RunDescription.HostDescription, _ interface: InterfaceDescription
    ) -> RunError? {
        if self.protocol != SlaveMessages.protocolNumber {
            return .protocolMismatch(
                host: host.name, ours: SlaveMessages.protocolNumber, theirs: self.protocol)
        }
        if interface_hash != interface.hash { return .interfaceMismatch(host: host.name) }
        if let expected = host.build, expected != build {
            return .buildMismatch(
                host: host.name, expected: expected, found: build.neutral)
        }
        return nil
    }
}

extension slave_worker_end {
    /// `killed by SIGSEGV`, `ended itself by exit(3)`.
    package var text: String {
        switch how {
        case .SLAVE_EXITED: "ended itself by exit(\(code))"
        case .SLAVE_SIGNALLED:
            "killed by \(signal.isEmpty ? "signal \(code)" : signal.neutral)"
        }
    }
}
