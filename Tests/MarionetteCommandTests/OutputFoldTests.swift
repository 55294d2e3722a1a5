import TestKit
import Testing
import Transport

@testable import MarionetteCommand

@Suite struct OutputFoldTests {
    private static func result(
        _ output: String, _ errors: String = "", status: Int32 = 0
    ) -> CommandResult {
        CommandResult(
            ending: .exited(status: status), output: Array(output.utf8), errors: Array(errors.utf8))
    }

    @Test func `hosts that print the same stand together`() {
        let folds = OutputFold.folded([
            ("pi1", Self.result("6.1\n")), ("xeon", Self.result("5.10", "old\n\nkernel")),
            ("pi2", Self.result("6.1\n")), ("pi4", Self.result("6.1\n", status: 1)),
            ("pi3", Self.result("6.1\n")), ("quiet", Self.result("")),
        ])
        #expect(
            folds.map { String(decoding: $0.output, as: UTF8.self) } == [
                "---------------\npi[1-3] (3)\n---------------\n6.1\n",
                "---------------\nxeon\n---------------\n5.10\n",
                "---------------\npi4\n---------------\n6.1\n", "",
            ])
        #expect(
            folds.map { String(decoding: $0.errors, as: UTF8.self) } == [
                "", "xeon: old\nxeon: \nxeon: kernel\n", "", "",
            ])
        #expect(
            folds.map(\.result.failure) == [
                nil, nil, "the command ended with exit code 1", nil,
            ])
    }

    @Test func `how a command ended is said in words`() {
        func failure(_ ending: ChannelEnding) -> String? { CommandResult(ending: ending).failure }
        #expect(failure(.exited(status: 127)) == "there is no such command")
        #expect(failure(.exited(status: 126)) == "the command can't be executed there")
        #expect(failure(.exited(status: 137)) == "a signal ended the command (SIGKILL)")
        #expect(failure(.exited(status: 255)) == "the command ended with exit code 255")
        #expect(failure(.signalled(name: "TERM")) == "SIGTERM ended the command")
        #expect(CommandResult(ending: .untold).shellStatus == 255)
    }

    @Test(arguments: seedsOfThisRun(10))
    func `each host is in one fold, with its own result`(seed: UInt64) {
        var random = SeededNumbers(seed)
        let results = (0..<random.within(1...200)).map { number in
            (
                host: "h\(number)",
                result: Self.result("\(random.below(4))", status: Int32(random.below(2)))
            )
        }
        let folds = OutputFold.folded(results)
        #expect(folds.flatMap(\.hosts).count == results.count, "seed \(seed)")
        #expect(Set(folds.map(\.result)).count == folds.count, "seed \(seed)")
        for (host, result) in results {
            let fold = folds.first { $0.hosts.contains(host) }
            #expect(fold?.result == result, "seed \(seed)")
        }
    }
}
