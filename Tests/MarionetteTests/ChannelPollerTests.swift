import Glibc
import TestKit
import Testing
import Transport

@testable import Marionette

/// Against poll(2), which is asked anew each time.
@Suite struct ChannelPollerTests {
    /// A channel of the test: a socket in each direction, and at times a file that is always ready.
    private struct Line {
        var sockets: [(ours: Int32, theirs: Int32)]
        var wanted: [PollDescriptor]

        func close() {
            for pair in sockets {
                Glibc.close(pair.ours)
                Glibc.close(pair.theirs)
            }
        }
    }

    @Test(arguments: seedsOfThisRun(20))
    func `hosts are ready when poll says so, whatever opens, closes and changes`(seed: UInt64)
        throws
    {
        var random = SeededNumbers(seed)
        let pipe = try WakePipe()
        let poller = try ChannelPoller(waker: pipe.readEnd)
        let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
        var lines: [Int: Line] = [:]
        defer {
            for line in lines.values { line.close() }
            close(file)
        }
        var ready: [Int] = []
        for _ in 0..<400 {
            // One turn: some hosts change, in an order; then the poller hears of them in that order.
            var changed: [Int] = []
            for _ in 0..<random.within(0...4) {
                let host = random.below(12)
                if var line = lines[host] {
                    change(&line, file, &random)
                    lines[host] = random.chance(0.2) ? nil : line
                    if lines[host] == nil {
                        poller.wait(for: [], at: host)
                        line.close()
                    }
                } else {
                    lines[host] = try makeLine(&random)
                }
                changed.append(host)
            }
            for host in changed { poller.wait(for: lines[host]?.wanted ?? [], at: host) }
            let isWoken = random.chance(0.2)
            if isWoken { pipe.wake() }

            let expected = lines.filter { Self.isReady($0.value.wanted) }.keys.sorted()
            #expect(poller.wait(milliseconds: 0, into: &ready) == isWoken, "seed \(seed)")
            // What was closed here is for a moment still open in a process that another test starts.
            let limit = ContinuousClock.now + .seconds(10)
            while ready.sorted() != expected, ContinuousClock.now < limit {
                #expect(poller.wait(milliseconds: 0, into: &ready) == isWoken, "seed \(seed)")
            }
            #expect(ready.sorted() == expected, "seed \(seed)")
            #expect(poller.waitForWaker(milliseconds: 0) == isWoken, "seed \(seed)")
            if isWoken { pipe.drain() }
        }
    }

    private func makeLine(_ random: inout SeededNumbers) throws -> Line {
        var sockets: [(ours: Int32, theirs: Int32)] = []
        for _ in 0..<random.within(1...3) {
            var ends: [Int32] = [-1, -1]
            try #require(
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
                    == 0)
            sockets.append((ends[0], ends[1]))
        }
        return Line(sockets: sockets, wanted: Self.wanted(of: sockets, &random))
    }

    /// Bytes come or are read, the other end or our own is closed, other things are awaited.
    private func change(_ line: inout Line, _ file: Int32, _ random: inout SeededNumbers) {
        guard let index = line.sockets.indices.randomElement(using: &random) else { return }
        var bytes = [UInt8](repeating: 1, count: 64)
        switch random.below(6) {
        case 0:
            _ = send(
                line.sockets[index].theirs, &bytes, 3, Int32(Int(MSG_NOSIGNAL) | Int(MSG_DONTWAIT)))
        case 1: _ = recv(line.sockets[index].ours, &bytes, 64, Int32(MSG_DONTWAIT))
        case 2: shutdown(line.sockets[index].theirs, Int32(SHUT_RDWR))
        case 3:
            let pair = line.sockets.remove(at: index)
            close(pair.ours)
            close(pair.theirs)
            line.wanted = Self.wanted(of: line.sockets, &random)
        case 4:
            line.wanted = [PollDescriptor(descriptor: file, wantsRead: true, wantsWrite: false)]
        default: line.wanted = Self.wanted(of: line.sockets, &random)
        }
    }

    private static func wanted(
        of sockets: [(ours: Int32, theirs: Int32)], _ random: inout SeededNumbers
    ) -> [PollDescriptor] {
        sockets.map { pair in
            PollDescriptor(
                descriptor: pair.ours, wantsRead: random.chance(0.8), wantsWrite: random.chance(0.2)
            )
        }
    }

    private static func isReady(_ wanted: [PollDescriptor]) -> Bool {
        poll(wanted, for: .zero)
    }

    @Test func `waiting ends when its time is over, or by the waker`() throws {
        let pipe = try WakePipe()
        let poller = try ChannelPoller(waker: pipe.readEnd)
        var ready = [7]
        let begun = ContinuousClock.now
        #expect(!poller.wait(milliseconds: 20, into: &ready))
        #expect(ContinuousClock.now - begun >= .milliseconds(19))
        #expect(ready == [])
        pipe.wake()
        #expect(poller.wait(milliseconds: -1, into: &ready))
    }

    @Test func `a thousand channels are ready in one go or in the next ones`() throws {
        let pipe = try WakePipe()
        let poller = try ChannelPoller(waker: pipe.readEnd)
        var ends: [[Int32]] = []
        defer { for end in ends.joined() { close(end) } }
        for host in 0..<1_000 {
            var pair: [Int32] = [-1, -1]
            try #require(
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair)
                    == 0)
            ends.append(pair)
            var byte: UInt8 = 1
            try #require(write(pair[1], &byte, 1) == 1)
            poller.wait(
                for: [PollDescriptor(descriptor: pair[0], wantsRead: true, wantsWrite: false)],
                at: host)
        }
        var seen: Set<Int> = []
        var ready: [Int] = []
        for _ in 0..<8 {
            _ = poller.wait(milliseconds: 0, into: &ready)
            #expect(Set(ready).count == ready.count)
            seen.formUnion(ready)
        }
        #expect(seen.count == 1_000)
    }
}
