import Foundation
import TestKit
import Testing

@testable import Transport

/// Files of random lines, of which `ssh-keygen -F` says which are about a host.
@Suite struct KnownHostsTests {
    private struct Line {
        var text: String
        var key: [UInt8]
    }

    /// An Ed25519 key: any 32 bytes are one.
    private func key(_ random: inout SeededNumbers) -> [UInt8] {
        let type = Array("ssh-ed25519".utf8)
        return [0, 0, 0, 11] + type + [0, 0, 0, 32] + (0..<32).map { _ in UInt8(random.below(256)) }
    }

    private static let names = [
        "pi1", "pi2", "pi1.lan", "10.0.0.1", "[pi1]:2222", "[10.0.0.1]:2200",
    ]

    private func pattern(_ random: inout SeededNumbers) -> String {
        let name = Self.names[random.below(Self.names.count)]
        switch random.below(8) {
        case 0: return "*"
        case 1: return "!" + name
        case 2: return String(name.prefix(random.below(name.count))) + "*"
        case 3: return "*" + String(name.suffix(random.below(name.count)))
        case 4: return String(name.map { random.chance(0.3) ? "?" : $0 })
        case 5: return name.uppercased()
        default: return name
        }
    }

    private func line(_ random: inout SeededNumbers, in directory: String) throws -> Line {
        let key = key(&random)
        var names = (0..<random.within(1...3)).map { _ in pattern(&random) }.joined(separator: ",")
        if random.chance(0.3) {
            names = try hashed(Self.names[random.below(Self.names.count)], directory)
        }
        let marker = ["", "", "", "", "@revoked ", "@cert-authority "][random.below(6)]
        let space = random.chance(0.2) ? " \t " : " "
        let comment = ["", " a comment", "\r"][random.below(3)]
        let text =
            marker + names + space + "ssh-ed25519" + space + Data(key).base64EncodedString()
            + comment
        switch random.below(12) {
        case 0: return Line(text: "# " + text, key: key)
        case 1: return Line(text: "", key: key)
        case 2: return Line(text: marker + names + " ssh-ed25519", key: key)
        case 3: return Line(text: "  " + text, key: key)
        default: return Line(text: text, key: key)
        }
    }

    private func hashed(_ name: String, _ directory: String) throws -> String {
        let file = "\(directory)/\(UUID().uuidString)"
        var random = SeededNumbers(1)
        let line = "\(name) ssh-ed25519 \(Data(key(&random)).base64EncodedString())\n"
        try line.write(toFile: file, atomically: true, encoding: .utf8)
        try TestSSHServer.run(["ssh-keygen", "-q", "-H", "-f", file])
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return String(text.split(separator: " ")[0])
    }

    @Test(arguments: seedsOfThisRun(6))
    func `a known-hosts file means what it means to ssh-keygen`(_ seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let place = try TemporaryDirectory("known")
        var lines: [Line] = []
        for _ in 0..<random.within(1...25) { lines.append(try line(&random, in: place.path)) }
        let text = lines.map { $0.text + "\n" }.joined()
        let file = try place.write(text, to: "known_hosts")
        var known = KnownHosts()
        known.add(Array(text.utf8), of: file)
        for name in Self.names {
            let answer = try TestProcess.run(["ssh-keygen", "-F", name, "-f", file]).output
            // "# Host pi1 found: line 3 REVOKED"
            var marks: [Int: Substring] = [:]
            for found in answer.split(whereSeparator: \.isNewline) where found.hasPrefix("# Host ")
            {
                let words = found.split(separator: " ", omittingEmptySubsequences: false)
                let number = try #require(
                    words.firstIndex(of: "line").flatMap { Int(words[$0 + 1]) })
                marks[number - 1] = words.last == "CA" || words.last == "REVOKED" ? words.last : ""
            }
            let isAnyKnown = marks.contains { $0.value == "" && lines[$0.key].text.count > 60 }
            for (index, line) in lines.enumerated() where line.text.count > 60 {
                let expected: KnownHosts.Verdict =
                    switch marks[index] {
                    case "REVOKED": .revoked(file: file)
                    case "": .known
                    default: isAnyKnown ? .changed(file: file) : .unknown
                    }
                #expect(
                    known.verdict(on: line.key, of: name) == expected,
                    "seed \(seed): '\(name)', line \(index + 1) of\n\(text)")
            }
        }
    }

    @Test(arguments: [
        ("pi1.lan", "pi1.lan", KnownHosts.Verdict.known),
        ("[pi1.lan]:2222", "pi1.lan", .unknown),
        ("pi1.lan,!pi*", "pi1.lan", .unknown),
        ("!pi2*,pi*", "pi1.lan", .known),
    ])
    func `a host is named as patterns are read`(
        _ names: String, _ name: String, _ verdict: KnownHosts.Verdict
    ) {
        var random = SeededNumbers(7)
        let key = key(&random)
        var known = KnownHosts()
        let line = "\(names) ssh-ed25519 \(Data(key).base64EncodedString())"
        known.add(Array(line.utf8), of: "/known")
        #expect(known.verdict(on: key, of: name) == verdict)
    }

    @Test func `a key counts without its port too, and under the address where that is checked`() {
        var random = SeededNumbers(8)
        let (right, wrong) = (key(&random), key(&random))
        func file(_ name: String, _ key: [UInt8]) -> KnownHosts {
            var known = KnownHosts()
            let line = "\(name) ssh-ed25519 \(Data(key).base64EncodedString())"
            known.add(Array(line.utf8), of: "/known")
            return known
        }
        var trust = HostTrust(name: "[pi1]:2222", bareName: "pi1", files: [], userFile: "")
        #expect(file("pi1", right).verdict(on: right, by: trust) == .known)
        // Another key without the port says nothing about the one with it.
        #expect(file("pi1", wrong).verdict(on: right, by: trust) == .unknown)
        trust.bareName = nil
        #expect(file("pi1", right).verdict(on: right, by: trust) == .unknown)
        trust.name = "pi1"
        var both = file("pi1", right)
        both.add(
            Array("10.0.0.1 ssh-ed25519 \(Data(wrong).base64EncodedString())".utf8), of: "/more")
        #expect(both.verdict(on: right, by: trust) == .known)
        #expect(both.verdict(on: right, by: trust, addressName: "10.0.0.2") == .known)
        #expect(
            both.verdict(on: right, by: trust, addressName: "10.0.0.1") == .changed(file: "/more"))
    }

    @Test(arguments: seedsOfThisRun(4))
    func `base 64 is read as it was written`(_ seed: UInt64) {
        var random = SeededNumbers(seed)
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8(random.below(256)) }
            let text = Data(bytes).base64EncodedString()
            #expect(KnownHosts.base64(text.utf8) == bytes, "seed \(seed)")
        }
        #expect(KnownHosts.base64("a*b".utf8) == nil)
        #expect(KnownHosts.base64("aa=a".utf8) == nil)
    }
}
