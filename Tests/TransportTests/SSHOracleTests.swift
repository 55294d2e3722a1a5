import Foundation
import TestKit
import Testing

@testable import Transport

/// Random configurations: what ssh says that it does (`ssh -v`) is what is done here.
@Suite struct SSHOracleTests {
    private struct Trial {
        var text = ""
        var host: String
    }

    private static let parts = [
        "%h", "%n", "%p", "%r", "%u", "%d", "%l", "%L", "%i", "%k", "%%", "${HOME}", "a", "ü", " ",
        "'", "-", ".", "~", "#x", "$x",
    ]

    private func word(_ random: inout SeededNumbers) -> String {
        (0..<random.within(1...5)).map { _ in Self.parts[random.below(Self.parts.count)] }.joined()
    }

    private func path(_ random: inout SeededNumbers) -> String {
        let start = ["/nowhere/", "~/", "%d/", "${HOME}/", "~root/"][random.below(5)]
        return "\"\(start)x\(word(&random))\""
    }

    private func settings(_ random: inout SeededNumbers) -> [String] {
        var lines = [
            "HostName \(["127.0.0.1", "localhost", "::1"][random.below(3)])",
            "Port \(random.within(1...20))", "User \(["me", "you"][random.below(2)])",
            "HostKeyAlias \(["alias", "Other-%n"][random.below(2)])",
            "ConnectTimeout \(random.within(1...99))",
        ].filter { _ in random.chance(0.5) }
        for _ in 0..<random.within(0...3) { lines.append("IdentityFile \(path(&random))") }
        if random.chance(0.3) {
            lines.append("ProxyCommand false \(word(&random).filter { $0 != "'" })")
        }
        return lines
    }

    private func trial(_ random: inout SeededNumbers) -> Trial {
        let hosts = ["pi1", "Pi2.lan", "127.1.2.3"]
        var trial = Trial(host: hosts[random.below(3)])
        let blocks = [
            "Host pi*", "Host * !pi1", "Host Pi2.lan 127.*", "Match user me", "Match all",
        ]
        if random.chance(0.4) {
            // For these two alone: a jump host that is reached through itself has no end.
            let jumps = [
                "127.0.0.7:1", "me@127.0.0.2:2", "127.0.0.7:1,127.0.0.2:1", "none",
                "127.0.0.3:1,you@127.0.0.4:1,me@[::1]:2",
            ]
            trial.text += "Host pi1 Pi2.lan\n    ProxyJump \(jumps[random.below(jumps.count)])\n"
        }
        for _ in 0..<random.within(1...4) {
            let heads = blocks + ["Match host \(trial.host)", "Match exec \"test %n = pi1\""]
            trial.text += heads[random.below(heads.count)] + "\n"
            trial.text += settings(&random).map { "    \($0)\n" }.joined()
        }
        // Nobody is asked for an address, and nobody else than this machine is connected to.
        trial.text += "Match all\n    HostName 127.0.0.1\n    Port 1\n"
        return trial
    }

    @Test(arguments: seedsOfThisRun(40))
    func `what ssh tries for a configuration is what is tried here`(_ seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let trial = trial(&random)
        let place = try TemporaryDirectory("oracle")
        let file = try place.write(trial.text, to: "config")
        let told: Comment = "seed \(seed): \(trial.host) by\n\(trial.text)"
        let destination = SSHDestination(host: trial.host, configuration: file)
        let question = SSHQuestion(client: "ssh", destination: destination, host: "pi")

        var command = ["ssh", "-v", "-T", "-F", file, "-o", "BatchMode=yes"]
        let proxied = try TestProcess.run(command + [trial.host, "true"])
        let answer = try #require(try question.ask(unless: .never), told)
        let proxy = debug(proxied.errors, "Executing proxy command: exec ").first
        guard proxy != nil || !proxied.errors.contains("unknown key %") else {
            #expect(throws: TransportError.self, told) { try question.options(answer) }
            return
        }
        let options = try question.options(answer)
        let asked = try #require(options.asked)

        let ours = options.proxy?.replacingOccurrences(of: "' -- ", with: "' ")
        #expect(ours == proxy?.replacingOccurrences(of: " -v -W", with: " -W"), told)
        if proxy == nil {
            let target = debug(proxied.errors, "Connecting to ").first ?? ""
            #expect(target.hasPrefix("\(options.address) ["), told)
            #expect(target.hasSuffix("] port \(options.port)."), told)
        }

        // With a proxy that ends at once ssh comes to its identities without a server.
        command += ["-o", "ProxyJump=none", "-o", "ProxyCommand=true"]
        let identified = try TestProcess.run(command + [trial.host, "true"])
        var tried: [String] = []
        for text in debug(identified.errors, "identity file ") {
            let path = String(
                text[
                    ..<(text.range(of: " type ", options: .backwards)?.lowerBound
                        ?? text.endIndex)])
            if !path.hasSuffix("-cert") { tried.append(path) }
        }
        #expect(asked.identities == tried, told)
    }

    private func debug(_ errors: String, _ start: String) -> [String] {
        let mark = "debug1: \(start)"
        return errors.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(mark) }
            .map { unescaped($0.dropFirst(mark.count)) }
    }

    /// `\303\274` is a letter of two bytes.
    private func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(digits, radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
