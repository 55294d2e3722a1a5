import Foundation
import Testing

/// What user code writes on its way to the master.
@Suite struct OutputTests {
    @Test(arguments: ProbeKind.available, [SIGSEGV, SIGKILL, 0])
    func `what an operation printed without a line feed is not lost when its worker dies`(
        _ kind: ProbeKind, _ signal: Int32
    ) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        let text = "half a line, and no more"
        let xid = slave.operate(
            .printAndEnd, XDRBytes.text(text) + XDRBytes.of(UInt32(bitPattern: signal)))
        _ = try slave.ending(of: xid)
        let expected = SlaveOutput(
            worker: 0, procedure: Operation.printAndEnd.rawValue, xid: xid, text: text)
        var printed = slave.printed
        if kind.isEmulated {
            // The emulator says something itself, in the same pipe.
            printed = printed.map { output in
                var own = output
                own.text = output.text.components(separatedBy: "qemu: ")[0]
                return own
            }
        }
        #expect(printed == [expected])
        let kinds = slave.events.compactMap { event in
            switch event {
            case .printed: "printed"
            case .ended: "ended"
            case .started, .crashed: nil
            }
        }
        #expect(kinds == ["printed", "ended"])
    }

    @Test(arguments: [SIGSEGV, SIGKILL, 0])
    func `what an operation printed is not lost when it ends a serial slave`(_ signal: Int32) throws
    {
        let slave = try SlaveProcess.greeted(.native, workers: 1, ["--serve", "--serial"])
        let text = "half a line, and no more"
        slave.operate(.printAndEnd, XDRBytes.text(text) + XDRBytes.of(UInt32(bitPattern: signal)))
        #expect(eventually { slave.errors.contains(text) }, "\(slave.errors)")
    }

    @Test(arguments: ProbeKind.available)
    func `what an operation printed last is not lost when the master says goodbye`(
        _ kind: ProbeKind
    ) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        _ = try slave.reply(to: slave.operate(.print, XDRBytes.text("whole\nhalf")))
        _ = try slave.reply(to: slave.call(.goodbye))
        #expect(eventually { slave.printed.map(\.text).joined() == "whole\nhalf" })
        #expect(slave.isGone)
    }

    @Test func `a context operation's lines come without a worker`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        let update = slave.sendContext(.printContext, makes: 1, XDRBytes.text("from a replica\n"))
        #expect(try slave.updateFailure(update) == nil)
        let expected = SlaveOutput(
            worker: nil, procedure: nil, xid: nil, text: "from a replica\n")
        #expect(eventually { slave.printed == [expected] })
    }

    @Test func `standard error takes the same way as standard output, in order`() throws {
        let slave = try SlaveProcess.greeted(workers: 1)
        _ = try slave.reply(to: slave.operate(.print, XDRBytes.text("one, ")))
        _ = try slave.reply(to: slave.operate(.printErrors, XDRBytes.text("two, ")))
        _ = try slave.reply(to: slave.operate(.print, XDRBytes.text("three\n")))
        #expect(eventually { slave.printed.map(\.text).joined() == "one, two, three\n" })
        #expect(slave.printed.allSatisfy { $0.worker == 0 })
        #expect(slave.errors.isEmpty)
    }

    @Test(arguments: ManyWorkersTests.counts, 1...3 as ClosedRange<UInt64>)
    func `lines of any length come whole and in order for each worker, and none is lost`(
        _ count: UInt32, _ seed: UInt64
    ) throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let slave = try SlaveProcess.greeted(workers: count)
        var expected: [String] = []
        let sizes = [0, 1, 80, 4_094, 4_095, 4_096, 5_000, 70_000]
        let xids = (0..<200).map { index in
            let fill = String(repeating: "x", count: random(sizes[random(sizes.count)] + 1))
            expected.append("\(index):\(fill)")
            return slave.operate(.print, XDRBytes.text("\(index):\(fill)\n"))
        }
        for xid in xids { #expect(try slave.reply(to: xid).status == .success) }
        _ = try slave.reply(to: slave.call(.goodbye))
        // Read while it ends: for what is not taken it waits two seconds only.
        #expect(
            eventually {
                _ = slave.printed
                return slave.hasEnded
            })
        let texts = Dictionary(grouping: slave.printed, by: \.worker).mapValues {
            $0.map(\.text).joined()
        }
        let lines = texts.values.flatMap { $0.split(separator: "\n").map(String.init) }
        #expect(lines.sorted() == expected.sorted(), "seed \(seed)")
        for text in texts.values {
            let numbers = text.split(separator: "\n").compactMap { Int($0.prefix { $0 != ":" }) }
            #expect(numbers == numbers.sorted(), "seed \(seed)")
        }
        let longest = slave.printed.map(\.text.utf8.count).max() ?? 0
        #expect(longest <= 4_096)
    }
}
