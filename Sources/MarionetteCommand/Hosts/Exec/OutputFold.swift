import Diagnostics
import Distribution
import Inventory
import Transport

/// Hosts whose commands ended alike: with the same output, the same errors and the same status.
struct OutputFold: Hashable {
    var hosts: [String]
    var result: CommandResult

    /// - Returns: in the order of each one's first host.
    static func folded(_ results: [(host: String, result: CommandResult)]) -> [OutputFold] {
        var places: [CommandResult: Int] = [:]
        var folds: [OutputFold] = []
        for (host, result) in results {
            if let place = places[result] {
                folds[place].hosts.append(host)
            } else {
                places[result] = folds.count
                folds.append(OutputFold(hosts: [host], result: result))
            }
        }
        return folds
    }

    /// `pi[1-4],xeon`
    var name: String { foldedHostNames(hosts).joined(separator: ",") }

    /// As clubak draws it: the hosts between two rules, and what they printed.
    var output: [UInt8] {
        guard !result.output.isEmpty else { return [] }
        let heading = hosts.count > 1 ? "\(name) (\(hosts.count))" : name
        let rule = String(repeating: "-", count: 15)
        return Array("\(rule)\n\(heading)\n\(rule)\n".utf8) + Self.whole(result.output)
    }

    /// Each line behind the hosts' names.
    var errors: [UInt8] {
        guard !result.errors.isEmpty else { return [] }
        return result.errors.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast(result.errors.last == UInt8(ascii: "\n") ? 1 : 0)
            .flatMap { Array("\(name): ".utf8) + $0 + [UInt8(ascii: "\n")] }
    }

    private static func whole(_ bytes: [UInt8]) -> [UInt8] {
        bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]
    }
}

extension CommandResult {
    /// As much was kept as is kept at most.
    var isCut: Bool { max(output.count, errors.count) >= HostExecution.outputMax }

    /// As a shell has it: 128 and the signal's number for a death, where it is known.
    var shellStatus: Int32 {
        switch ending {
        case .exited(let status): status
        case .signalled, .untold: 255
        }
    }

    /// How the command ended, where it did not end well; nil: it did.
    var failure: String? {
        switch ending {
        case .exited(0): nil
        case .exited(126): "the command can't be executed there"
        case .exited(127): "there is no such command"
        case .exited(let status) where status > 128 && status < 128 + 65:
            "a signal ended the command (\(signalName(status - 128)))"
        case .exited(let status): "the command ended with exit code \(status)"
        case .signalled(let name): "SIG\(name) ended the command"
        case .untold: "the connection ended without a word on how the command ended"
        }
    }
}
