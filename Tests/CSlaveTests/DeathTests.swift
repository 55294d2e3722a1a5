import Foundation
import Testing

/// What the slave makes of the death of each of its processes.
@Suite struct DeathTests {
    /// Signal as the application is asked to raise it, and the name that must be told.
    static let crashes: [(signal: Int32, name: String)] = [
        (SIGSEGV, "SIGSEGV"), (SIGABRT, "SIGABRT"), (SIGFPE, "SIGFPE"), (SIGKILL, "SIGKILL"),
    ]

    @Test(arguments: ProbeKind.available, crashes.indices)
    func `a crash is told with signal and call, and the work goes on`(
        _ kind: ProbeKind, _ index: Int
    ) throws {
        let crash = Self.crashes[index]
        let slave = try SlaveProcess.greeted(kind)
        let xid = slave.operate(.crash, XDRBytes.of(UInt32(crash.signal)))
        let ending = try slave.ending(of: xid)
        #expect(ending.signal == crash.name)
        #expect(ending.code == crash.signal)
        #expect(try slave.sum(1, 2, at: 0) == 3)
        #expect(!slave.hasReply(to: xid))
    }

    @Test(arguments: ProbeKind.available.filter { $0 == .native || $0 == .s390x })
    func `a crash sends registers and stack before its end, and only once`(
        _ kind: ProbeKind
    ) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        for how in [SIGSEGV, SIGABRT, SIGFPE, 0] {
            _ = try slave.ending(of: slave.operate(.crash, XDRBytes.of(UInt32(how))))
        }
        _ = try slave.ending(of: slave.operate(.crash, XDRBytes.of(UInt32(SIGKILL))))
        var crashes: [Int32] = []
        var ends: [(process: Int32, signal: String)] = []
        for event in slave.events {
            switch event {
            case .crashed(let process, let signal, let stack, _):
                #expect(stack > 0, "\(signal)")
                crashes.append(process)
            case .ended(_, let process, let signal, _, _):
                // What is sent from elsewhere, and is final, leaves no word.
                #expect(
                    crashes.count { $0 == process } == (signal == "SIGKILL" ? 0 : 1), "\(signal)")
                ends.append((process, signal))
            default: break
            }
        }
        #expect(ends.count == 5)
    }

    @Test(arguments: ProbeKind.available)
    func `a stack overflow is an honest segmentation fault`(_ kind: ProbeKind) throws {
        let slave = try SlaveProcess.greeted(kind, workers: 1)
        #expect(try slave.ending(of: slave.operate(.crash, XDRBytes.of(0))).signal == "SIGSEGV")
        #expect(try slave.sum(1, 2, at: 0) == 3)
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `an operation that leaves its process is told with the status`(_ count: UInt32) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        let ending = try slave.ending(of: slave.operate(.leave, XDRBytes.of(3)))
        #expect(ending.signal.isEmpty)
        #expect(ending.code == 3)
    }

    /// Closed descriptors, and others in their place.
    @Test(arguments: [-1, -2] as [Int32], [1, 8] as [UInt32])
    func `an operation that takes the worker's connection away is told, and only that`(
        _ how: Int32, _ count: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        var bad: [UInt32] = []
        var others: [UInt32] = []
        for index in 0..<200 {
            if index % 50 == 20 {
                bad.append(slave.operate(.leave, XDRBytes.of(UInt32(bitPattern: how))))
            }
            others.append(slave.operate(.add, XDRBytes.of(UInt32(index), 1)))
        }
        for (index, xid) in others.enumerated() {
            #expect(try slave.reply(to: xid).number == UInt32(index) + 1)
        }
        for xid in bad {
            let ending = try slave.ending(of: xid)
            // The relay may be faster than the worker, and kill it.
            #expect(ending.signal == "SIGKILL" || ending.code == 1)
        }
    }

    @Test(arguments: [1, 8] as [UInt32])
    func `a process that an operation forked answers nothing, whatever it returns`(
        _ count: UInt32
    ) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        for _ in 0..<20 {
            let forking = slave.operate(.leave, XDRBytes.of(UInt32(bitPattern: -3)))
            let others = (0..<40).map { slave.operate(.add, XDRBytes.of(UInt32($0), 1)) }
            #expect(try slave.reply(to: forking).status == .success)
            for (index, xid) in others.enumerated() {
                #expect(try slave.reply(to: xid).number == UInt32(index) + 1)
            }
        }
    }

    @Test func `only the operation being executed is blamed, those behind it are executed`() throws
    {
        let slave = try SlaveProcess.greeted(workers: 1)
        // Short operations are handed over ahead: make them known to be short.
        for xid in (0..<50).map({ _ in slave.operate(.add, XDRBytes.of(1, 1)) }) {
            _ = try slave.reply(to: xid)
        }
        var crashes: [UInt32] = []
        var others: [UInt32] = []
        for index in 0..<300 {
            if index % 100 == 50 {
                crashes.append(slave.operate(.crash, XDRBytes.of(UInt32(SIGABRT))))
            }
            others.append(slave.operate(.add, XDRBytes.of(UInt32(index), 1)))
        }
        for (index, xid) in others.enumerated() {
            #expect(try slave.reply(to: xid).number == UInt32(index) + 1)
        }
        for xid in crashes { #expect(try slave.ending(of: xid).signal == "SIGABRT") }
        let ends = slave.events.filter { if case .ended = $0 { true } else { false } }
        #expect(ends.count == crashes.count)
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `the death of an idle worker blames nobody and it is replaced`(_ count: UInt32) throws {
        let (slave, workers) = try ManyWorkersTests.worked(count)
        let number = count / 2
        let worker = workers[Int(number)]
        kill(worker, SIGKILL)
        let blamed: UInt32?? = try slave.event {
            if case .ended(_, worker, "SIGKILL", SIGKILL, let xid) = $0 { .some(xid) } else { nil }
        }
        #expect(blamed == .some(nil))
        let replacement = try slave.event {
            if case .started(number, let process, _) = $0, process != worker {
                process
            } else {
                nil
            }
        }
        // As many as there are workers: each has one.
        let gate = Gate()
        let waiting = slave.together {
            (0..<count).map { _ in slave.operate(.waitFor, XDRBytes.text(gate.path)) }
        }
        #expect(slave.processes.contains(replacement))
        try gate.open()
        #expect(try waiting.map { try slave.reply(to: $0).worker }.contains(number))
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `a running operation whose worker is killed is named`(_ count: UInt32) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        let waiting = slave.operate(.waitOnceFor, XDRBytes.text("/nonexistent"))
        #expect(eventually { slave.printed.contains { $0.text == "waiting\n" } })
        let number = try #require(slave.printed.first { $0.text == "waiting\n" }?.worker)
        let worker = try slave.event {
            if case .started(number, let process, _) = $0 { process } else { nil }
        }
        kill(worker, SIGKILL)
        #expect(try slave.ending(of: waiting).process == worker)
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `a replica that dies ends the slave with its reason`(_ count: UInt32) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        _ = try slave.sum(1, 1, at: 0)
        let worker = try slave.event {
            if case .started(_, let process, _) = $0 { process } else { nil }
        }
        kill(try #require(Self.parent(of: worker)), SIGKILL)
        #expect(try slave.status() == 75)
        #expect(slave.errors == "slave: the replica of position 0 was ended by SIGKILL\n")
        #expect(slave.isGone)
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `a later replica that dies ends the slave with its reason`(_ count: UInt32) throws {
        let slave = try SlaveProcess.greeted(workers: count)
        for position in 1...3 as ClosedRange<UInt64> {
            #expect(try slave.updateFailure(slave.sendContext(.setBias, makes: position, 1)) == nil)
        }
        slave.retire(below: 3)
        _ = try slave.sum(1, 1, at: 3)
        let worker = try slave.event {
            if case .started(_, let process, 3) = $0 { process } else { nil }
        }
        kill(try #require(Self.parent(of: worker)), SIGKILL)
        #expect(try slave.status() == 75)
        #expect(slave.errors == "slave: the replica of position 3 was ended by SIGKILL\n")
        #expect(slave.isGone)
    }

    static func parent(of process: Int32) -> Int32? {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        let fields = text.drop { $0 != ")" }.dropFirst(2).split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }

    static func guardian(of slave: SlaveProcess) -> Int32? {
        slave.processes.first { parent(of: $0) == slave.process }
    }

    // MARK: Nothing is left behind

    /// A slave with three positions, shared data, and both workers busy for ever.
    static func busy(_ kind: ProbeKind) throws -> SlaveProcess {
        let slave = try SlaveProcess.greeted(kind, workers: 2)
        _ = slave.sendContext(.setBias, makes: 1, 5)
        _ = slave.sendShared(slot: 0, version: 1, makes: 2)
        slave.provide(slot: 0, version: 1, SlaveProcess.table([1, 2]))
        #expect(try slave.reply(to: slave.operate(.sum, at: 2)).number == 8)
        slave.operate(.waitFor, at: 1, XDRBytes.text("/nonexistent"))
        slave.operate(.waitFor, at: 2, XDRBytes.text("/nonexistent"))
        _ = try slave.event { if case .started(_, _, 1) = $0 { true } else { nil } }
        #expect(slave.processes.count >= 6)
        return slave
    }

    /// Files with a name in the temporary directory of all slaves. Where files can't be nameless from the
    /// beginning, another one has such a file for a moment.
    static var temporaryFiles: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: ProbeBuild.directory)) ?? []
        return all.filter { $0.hasPrefix("marionette-") || $0.hasSuffix(".core") }
    }

    @Test(arguments: ProbeKind.available)
    func `when the master is gone, nothing is left`(_ kind: ProbeKind) throws {
        let slave = try Self.busy(kind)
        slave.closeWire()
        #expect(try slave.status() == 0)
        #expect(slave.isGone)
        #expect(eventually { Self.temporaryFiles.isEmpty })
    }

    @Test(arguments: ProbeKind.available, [SIGKILL, SIGTERM, SIGHUP])
    func `when the relay is ended, nothing is left`(_ kind: ProbeKind, _ signal: Int32) throws {
        let slave = try Self.busy(kind)
        kill(slave.process, signal)
        #expect(try slave.status() == 128 + signal)
        #expect(slave.isGone)
        #expect(eventually { Self.temporaryFiles.isEmpty })
        let name = signal == SIGTERM ? "SIGTERM" : "SIGHUP"
        #expect(signal == SIGKILL || slave.errors == "slave: ended by \(name)\n")
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `a guardian that is killed is replaced, and still guards`(_ count: UInt32) throws {
        let (slave, _) = try ManyWorkersTests.worked(count)
        _ = slave.operate(.waitFor, XDRBytes.text("/nonexistent"))
        let guardian = try #require(Self.guardian(of: slave))
        kill(guardian, SIGKILL)
        #expect(
            eventually {
                !slave.processes.contains(guardian) && slave.processes.count == 3 + Int(count)
            })
        kill(slave.process, SIGKILL)
        #expect(try slave.status() == 128 + SIGKILL)
        #expect(slave.isGone)
    }

    @Test func `when guardian and relay are killed at once, nothing is left`() throws {
        let slave = try Self.busy(.native)
        let guardian = try #require(Self.guardian(of: slave))
        kill(slave.process, SIGSTOP)
        kill(guardian, SIGKILL)
        kill(slave.process, SIGKILL)
        #expect(slave.isGone)
    }

    @Test(arguments: ManyWorkersTests.counts)
    func `of stopped workers too nothing is left`(_ count: UInt32) throws {
        let (slave, workers) = try ManyWorkersTests.worked(count)
        for (number, worker) in workers.enumerated() where number % 3 == 0 { kill(worker, SIGSTOP) }
        slave.closeWire()
        #expect(slave.isGone)
    }
}
