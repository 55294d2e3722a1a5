import Foundation

/// A network namespace and the cable to it, which a test can cut in either direction and slow down.
///
/// Nothing outlives this process, however it ends: the namespace lives as long as a shell whose
/// input is open here only, and what is started in it; the cable ends with the namespace. Needs
/// root.
public final class TestNetwork: Sendable {
    /// A direction in which nothing gets through.
    public enum Direction: Sendable, CaseIterable { case toHost, fromHost, both }

    public let here: String
    public let there: String
    /// Before a command that is to stand in the namespace.
    public let prefix: [String]

    private let shell: TestShell
    private let cable: String
    private let reservation: Reservation

    /// Why networks can't be made here; nil where they can.
    public static let refusal: String? = {
        let result = try? TestProcess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"])
        return getuid() == 0 && result?.status == 0 ? nil : "network namespaces need root"
    }()

    public init() throws {
        guard
            let shell = TestShell(script: "exec unshare --net sh -c 'read -r line'", arguments: [])
        else { throw TestProcess.Failure(description: "no shell could be started") }
        self.shell = shell
        let namespace = "/proc/\(shell.identifier)/ns/net"
        prefix = ["nsenter", "--net=\(namespace)"]
        guard let reservation = Reservation(of: "cable", in: 0..<1 << 15) else {
            throw TestProcess.Failure(description: "no cable is free")
        }
        self.reservation = reservation
        let number = reservation.number
        cable = "mrn\(number)"
        // From 198.18.0.0/15, which RFC 2544 keeps for tests: four addresses for each cable.
        let base = "198.\(18 + number >> 14).\(number >> 6 & 0xff)."
        here = base + "\((number & 0x3f) << 2 + 1)"
        there = base + "\((number & 0x3f) << 2 + 2)"
        try awaitNamespace(namespace)
        try run(
            ["ip", "link", "add", cable, "type", "veth", "peer", "name", "uplink"]
                + ["netns", "\(shell.identifier)"])
        try run(["ip", "address", "add", here + "/30", "dev", cable])
        try run(["ip", "link", "set", cable, "up"])
        try run(prefix + ["ip", "address", "add", there + "/30", "dev", "uplink"])
        try run(prefix + ["ip", "link", "set", "uplink", "up"])
        try run(prefix + ["ip", "link", "set", "lo", "up"])
    }

    deinit {
        _ = try? TestProcess.run(["ip", "link", "delete", cable])
        shell.end(line: "")
    }

    /// From now on frames in this direction get lost without a word.
    public func cut(_ direction: Direction) throws {
        // Their receiver's address is nobody's.
        let nobody = ["lladdr", "02:00:00:00:00:99", "nud", "permanent"]
        if direction != .fromHost {
            try run(["ip", "neighbor", "replace", there, "dev", cable] + nobody)
        }
        if direction != .toHost {
            try run(prefix + ["ip", "neighbor", "replace", here, "dev", "uplink"] + nobody)
        }
    }

    public func heal() throws {
        // Those that were not cut have no such entry, or one that is found again.
        for command in [
            ["ip", "neighbor", "flush", "dev", cable, "nud", "permanent"],
            prefix + ["ip", "neighbor", "flush", "dev", "uplink", "nud", "permanent"],
        ] { try run(command) }
    }

    /// From now on so many kilobytes a second get to the host.
    public func slowDown(kilobytes: Int) throws {
        try run(
            ["tc", "qdisc", "replace", "dev", cable, "root", "tbf", "rate", "\(kilobytes * 8)kbit"]
                + ["burst", "32kb", "latency", "200ms"])
    }

    private func awaitNamespace(_ namespace: String) throws {
        let manager = FileManager.default
        let ours = try manager.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        let deadline = Date(timeIntervalSinceNow: 300)
        while Date() < deadline {
            let theirs = try? manager.destinationOfSymbolicLink(atPath: namespace)
            if let theirs, theirs != ours { return }
            poll(nil, 0, 5)
        }
        throw TestProcess.Failure(description: "the network namespace did not come")
    }

    private func run(_ command: [String]) throws {
        let result = try TestProcess.run(command)
        guard result.status == 0 else { throw TestProcess.Failure(description: result.told) }
    }
}
