import Foundation
import TestKit
import Testing
import Transport

@testable import Marionette

/// Masters that end while their hosts are still in their handshakes.
@Suite(.timeLimit(.minutes(20))) struct HandshakeEndTests {
    private enum How: String, CaseIterable {
        case `return`, `throw`, exit, interrupt, terminate

        var program: String { [.interrupt, .terminate].contains(self) ? "wait" : rawValue }

        var ending: TestProcess.Ending {
            switch self {
            case .return: .exited(0)
            case .throw: .exited(1)
            case .exit: .exited(3)
            case .interrupt, .terminate: .exited(130)
            }
        }
    }

    @Test(arguments: 0..<4)
    func `a run that ends in the middle of handshakes ends with its own exit code`(
        quarter: UInt64
    ) throws {
        let server = try TestSSHServer()
        let place = try MasterPlace()
        for round in 0..<50 {
            let seed = quarter * 1000 + UInt64(round)
            try end(seed, server, place)
        }
    }

    private func end(_ seed: UInt64, _ server: TestSSHServer, _ place: MasterPlace) throws {
        var random = Seeded(seed)
        let manners = (0..<Int.random(in: 2...32, using: &random)).map { _ in
            HalfHandshakes.Manner(
                bytesMax: [0, Int.random(in: 1...3000, using: &random), .max][
                    Int.random(in: 0...2, using: &random)],
                milliseconds: Int32.random(in: 0...20, using: &random))
        }
        let addresses = try HalfHandshakes(manners, before: server)
        let file = place.path("ssh_config-\(seed)")
        let known = place.path("known_hosts-\(seed)")
        let key = try server.knownHostsLine().split(separator: " ", maxSplits: 1)[1]
        try addresses.ports.map { "[127.0.0.1]:\($0) \(key)" }.joined()
            .write(toFile: known, atomically: true, encoding: .utf8)
        try """
        Host *
            HostName 127.0.0.1
            User \(NSUserName())
            IdentityFile \(server.identity)
            IdentitiesOnly yes
            UserKnownHostsFile \(known)
            GlobalKnownHostsFile /dev/null

        """.write(toFile: file, atomically: true, encoding: .utf8)

        let how = How.allCases.randomElement(using: &random) ?? .return
        let pause = Int.random(in: 0...120, using: &random)
        let master = try place.start(["end", how.program, "20", String(pause)]) { description in
            let local = description.hosts[0]
            for (index, port) in addresses.ports.enumerated() {
                var host = local
                host.name = "far\(index)"
                host.endpoint = .ssh(
                    SSHDestination(host: "far\(index)", port: port, configuration: file))
                description.hosts.append(host)
            }
        }
        defer { master.end() }
        try master.waitForText("ends\n")
        switch how {
        case .interrupt: master.signal(SIGINT)
        case .terminate: master.signal(SIGTERM)
        case .return, .throw, .exit: break
        }
        let ending = try master.waitForEnd()
        #expect(
            ending == how.ending,
            "seed \(seed): \(how), \(manners.count) hosts, after \(pause) ms: \(master.told)")
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
