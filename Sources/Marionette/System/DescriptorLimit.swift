import Driving
import Glibc
import RunRecords
import Transport

/// How many files this process may have open, and how many a run needs.
enum DescriptorLimit {
    static func needed(for hosts: [RunDescription.HostDescription]) -> Int {
        hosts.reduce(RunLimits.descriptorsBeside) { sum, host in
            switch host.endpoint {
            case .local, .command: sum + RunLimits.descriptorsLocal
            case .ssh: sum + RunLimits.descriptorsOverSSH
            }
        }
    }

    /// Raises the limit where the hosts need more and the system allows it. Processes that are
    /// started from here keep the limit that was: there are programs that break above 1,024.
    ///
    /// - Throws: `tooFewDescriptors`.
    static func raise(for hosts: [RunDescription.HostDescription]) throws(RunError) {
        let needed = needed(for: hosts)
        guard let limit = ChildLimits.descriptors() else { return }
        guard limit.soft < needed else { return }
        guard limit.hard >= needed, ChildLimits.raiseDescriptors(to: needed) else {
            throw .tooFewDescriptors(
                hosts: hosts.count, needed: needed, limit: max(limit.soft, limit.hard))
        }
    }
}
