import Scheduling
import TestKit

import Driving
import RunRecords

extension DrivenWorld {
    mutating func happen(_ happening: Happening) {
        switch happening {
        case .connected(let host, let session):
            guard session == hosts[host.index].session else { return }
            hosts[host.index].slave = WireSlave(workers: 1 + random.below(4), program)
            hosts[host.index].isSilent = false
            hosts[host.index].room = random.chance(0.3) ? 1 + random.below(2_000) : nil
            hosts[host.index].arrival = now
            driver.connected(host)
        case .refused(let host, let session):
            guard session == hosts[host.index].session else { return }
            driver.unreached(host, "it is not there", permanent: false)
        case .arrives(let host, let session, let bytes):
            guard session == hosts[host.index].session else { return }
            arrive(host, bytes)
        case .readable(let host, let session):
            guard session == hosts[host.index].session else { return }
            read(host)
        case .makesRoom(let host, let session):
            guard session == hosts[host.index].session else { return }
            hosts[host.index].room = random.chance(0.5) ? 1 + random.below(50_000) : nil
            send(to: host)
        case .workDone(let host, let session, let xid, let time):
            guard session == hosts[host.index].session else { return }
            workDone(host, xid, time)
        case .deadlineThere(let host, let session):
            guard session == hosts[host.index].session else { return }
            beginWork(host)
        case .crashes(let host, let session):
            guard session == hosts[host.index].session, !isHealed else { return }
            ends(host)
        case .ends(let host, let session):
            guard session == hosts[host.index].session else { return }
            ends(host)
        case .mustBeGone(let host, let session):
            guard session == hosts[host.index].session else { return }
            endings.breach("\(host) ignores that it was sent away, and is connected still")
        case .intended(let host, let attempt): driver.intended(host, attempt)
        case .capsuleWritten(let call): driver.capsuleWritten(call, .unwanted)
        case .userActs: userActs()
        case .interrupt:
            guard !isFinishing else { return }
            endings.isInterrupted = true
            driver.interrupt(2, softly: true)
        case .heals:
            // A fresh host, so that a run whose hosts were all taken away can go on.
            driver.control(.add(Self.description(hosts.count)), ControlTicket(number: 0))
        case .programContinues: continueProgram()
        case .tick: break
        }
    }

    // MARK: What the driver decided

    mutating func carryOut() {
        var list: [OperationEnding] = []
        driver.takeEndings(&list)
        for ending in list { endings.recorded(ending.operation) }
        while !driver.effects.isEmpty {
            var effects: [Effect] = []
            driver.takeEffects(&effects)
            for effect in effects { carryOut(effect) }
        }
    }

    private mutating func carryOut(_ effect: Effect) {
        switch effect {
        case .connect(let host):
            let session = hosts[host.index].session
            let delay = UInt64(100 + random.below(50_000))
            if fails(faults.refusedConnection) {
                schedule(.refused(host, session: session), after: delay)
            } else {
                schedule(.connected(host, session: session), after: delay)
            }
        case .close(let host, _): forget(host)
        case .journal(.intent(_, _, let host, _, let attempt)):
            schedule(.intended(host, attempt), after: UInt64(random.below(10_000)))
        case .writeCapsule(let call, let capsule):
            if capsule() == nil { endings.breach("what a capsule is made of is gone") }
            schedule(.capsuleWritten(call), after: UInt64(random.below(1_000_000)))
        case .makeRoom(let description, let ticket):
            hosts.append(Host())
            driver.admit(description, ticket)
        case .record(.failed(let operation, _, _)): endings.recorded(operation)
        case .record(.left(let host)):
            if hosts[host.index].slave != nil {
                schedule(
                    .mustBeGone(host, session: hosts[host.index].session), after: 3_100_000)
            }
            hosts[host.index].hasLeft = true
            for member in hosts[host.index].tasks.values { endings.gone(member, from: host) }
            hosts[host.index].tasks = [:]
        case .stopConnecting, .journal, .reply, .found, .missed, .endControl, .record: break
        case .endBySignal: endings.breach("a signal ends the run that nobody sent")
        }
    }

    private mutating func forget(_ host: HostID) {
        hosts[host.index].slave?.breaches.forEach { endings.breach($0) }
        hosts[host.index].slave = nil
        hosts[host.index].session += 1
        hosts[host.index].inbound = []
        for member in hosts[host.index].tasks.values { endings.gone(member, from: host) }
        hosts[host.index].tasks = [:]
    }

    /// The process there ends, and with it all that it has; some of what it said may be read.
    private mutating func ends(_ host: HostID) {
        if random.chance(0.5) { hosts[host.index].inbound = [] }
        read(host)
        for member in hosts[host.index].tasks.values { endings.gone(member, from: host) }
        hosts[host.index].tasks = [:]
        hosts[host.index].slave?.breaches.forEach { endings.breach($0) }
        hosts[host.index].slave = nil
        driver.ended(host, .untold)
    }

    // MARK: Streams

    /// Bytes leave the master, as many as there is room for.
    mutating func send(to host: HostID) {
        let session = hosts[host.index].session
        var room = hosts[host.index].room ?? .max
        var bytes: [UInt8] = []
        driver.drain(host) { (piece: UnsafeRawBufferPointer) -> Int in
            let count = min(room, piece.count)
            bytes += piece.prefix(count)
            room -= count
            return count
        }
        guard !bytes.isEmpty || room == 0 else { return }
        if hosts[host.index].room != nil {
            hosts[host.index].room = room
            if room == 0 {
                schedule(.makesRoom(host, session: session), after: UInt64(random.below(20_000)))
            }
        }
        guard !bytes.isEmpty else { return }
        // A few linger.
        let delay = fails(faults.lingering / 10) ? random.below(3_000_000) : 20 + random.below(300)
        let moment = max(now.advanced(by: .microseconds(delay)), hosts[host.index].arrival)
        hosts[host.index].arrival = moment
        agenda.add(.arrives(host, session: session, bytes), at: moment)
    }

    private mutating func arrive(_ host: HostID, _ bytes: [UInt8]) {
        let session = hosts[host.index].session
        injectLocalFailure(host)
        for happening in hosts[host.index].slave?.take(bytes, now) ?? [] {
            switch happening {
            case .greeted: break
            case .handed(let task):
                let member = Endings.Member(step: task.step, index: task.member)
                if !hosts[host.index].hasLeft {
                    hosts[host.index].tasks[task.xid] = member
                    endings.handed(member, to: host)
                }
                if let limit = task.begunBy {
                    agenda.add(.deadlineThere(host, session: session), at: limit)
                }
            case .cancelled(let xid):
                if let member = hosts[host.index].tasks.removeValue(forKey: xid) {
                    endings.gone(member, from: host)
                }
            case .left where fails(faults.staying): break
            case .left:
                schedule(.ends(host, session: session), after: UInt64(random.below(5_000)))
            }
        }
        if fails(faults.silence) { hosts[host.index].isSilent = true }
        if fails(faults.hostCrash) {
            schedule(.crashes(host, session: session), after: UInt64(random.below(20_000)))
        }
        beginWork(host)
    }

    /// Once in a run one host can't apply an update that others can. Where no other one is connected
    /// by then, the run ends.
    private mutating func injectLocalFailure(_ host: HostID) {
        let connected = hosts.count { $0.slave != nil }
        guard program.steps.failing == nil, connected > 1, program.lastUpdate > 0,
            fails(faults.localFailure)
        else { return }
        faults.localFailure = 0
        endings.mayFail = true
        hosts[host.index].slave?.failing = program.lastUpdate
    }

    /// What the slave has said goes on its way.
    private mutating func say(_ host: HostID) {
        guard let bytes = hosts[host.index].slave?.takeOutput(), !bytes.isEmpty,
            !hosts[host.index].isSilent
        else { return }
        hosts[host.index].inbound += bytes
        let delay = fails(faults.lingering) ? random.below(3_000_000) : 20 + random.below(300)
        let session = hosts[host.index].session
        schedule(.readable(host, session: session), after: UInt64(delay))
    }

    /// The master reads what came, in pieces that are cut anywhere.
    private mutating func read(_ host: HostID) {
        let session = hosts[host.index].session
        while !hosts[host.index].inbound.isEmpty, driver.listens(to: host) {
            let inbound = hosts[host.index].inbound
            let count = random.chance(0.3) ? 1 + random.below(inbound.count) : inbound.count
            let piece = inbound.prefix(count)
            hosts[host.index].inbound = Array(inbound.dropFirst(count))
            piece.withUnsafeBytes { bytes in
                guard driver.isWithinLarge(host) else {
                    return driver.received(bytes, from: host)
                }
                var taken = 0
                driver.fill(host) { room in
                    taken = min(room.count, bytes.count)
                    room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
                    return taken
                }
                if taken < bytes.count {
                    hosts[host.index].inbound.insert(contentsOf: bytes[taken...], at: 0)
                }
            }
            carryOut()
            // The rest comes later, or at once.
            guard hosts[host.index].session == session else { return }
            if random.chance(0.2), !hosts[host.index].inbound.isEmpty {
                schedule(.readable(host, session: session), after: UInt64(random.below(2_000)))
                return
            }
        }
    }

    // MARK: Work

    private mutating func beginWork(_ host: HostID) {
        let session = hosts[host.index].session
        for task in hosts[host.index].slave?.begin(now) ?? [] {
            guard let operation = program.operation(task.step) else { continue }
            endings.began(Endings.Member(step: task.step, index: task.member))
            let longest = faults.longest[Int(operation.traits.procedure)]
            let time = UInt64(1 + random.below(longest)) * hosts[host.index].slowness
            // A few are held up so long that they are executed a second time elsewhere; the worker's
            // clock does not count that.
            let pause = random.chance(faults.pausing) ? UInt64(random.below(500_000)) : 0
            schedule(
                .workDone(host, session: session, xid: task.xid, took: time), after: time + pause)
        }
        say(host)
    }

    private mutating func workDone(_ host: HostID, _ xid: UInt32, _ time: UInt64) {
        let isThere = hosts[host.index].slave?.executing.contains { $0.xid == xid } ?? false
        if isThere, let member = hosts[host.index].tasks.removeValue(forKey: xid),
            let operation = program.operation(member.step)
        {
            endings.gone(member, from: host)
            if operation.poison == member.index || fails(faults.workerCrash) {
                endings.killed(member)
                hosts[host.index].slave?.die(xid)
            } else {
                let padding = random.chance(0.02) ? random.below(300_000) : random.below(200)
                hosts[host.index].slave?.answer(
                    xid, microseconds: random.chance(0.001) ? random.next() : time,
                    padding: padding,
                    times: random.chance(faults.duplicate) ? 2 : 1)
            }
        }
        beginWork(host)
    }

    // MARK: People

    private mutating func userActs() {
        guard !isFinishing else { return }
        let name = "h\(random.below(hosts.count))"
        guard !random.chance(0.25) else {
            userDebugs(name)
            return
        }
        let request: ControlRequest =
            switch random.below(3) {
            case 0: .add(Self.description(hosts.count))
            case 1: .drain(host: name)
            default: .remove(host: name)
            }
        driver.control(request, ControlTicket(number: 1 + happened))
    }

    /// A debugger comes or goes.
    private mutating func userDebugs(_ host: String) {
        if let ticket = debuggers.popLast(), random.chance(0.5) {
            driver.controlClosed(ticket)
            return
        }
        let subject: HoldRequest.Subject =
            switch random.below(6) {
            case 0: .any
            case 1: .worker(UInt32(random.below(3)))
            case 2: .slave
            case 3: .operation("\(1 + random.below(40))")
            case 4: .crash
            default: .next(DrivenProgram.interface.procedures[random.below(3)].name)
            }
        let ticket = ControlTicket(number: 1 + happened)
        debuggers.append(ticket)
        driver.control(
            .hold(HoldRequest(subject, host: random.chance(0.5) ? host : nil, debugger: 1)), ticket)
    }

    private mutating func continueProgram() {
        guard !isFinishing else { return }
        var batch: [Call] = []
        for _ in 0..<(1 + random.below(6)) where nextStep < program.steps.steps.count {
            step(program.steps.steps[nextStep], &batch)
            nextStep += 1
        }
        submit(&batch)
        if fails(faults.cancel), let chosen = calls.last { cancel(chosen.step) }
        guard nextStep < program.steps.steps.count else { return }
        schedule(.programContinues, after: UInt64(random.below(faults.pause)))
    }

    private mutating func submit(_ batch: inout [Call]) {
        guard !batch.isEmpty else { return }
        driver.take(batch)
        batch = []
    }

    private mutating func step(_ step: RandomProgram.Step, _ batch: inout [Call]) {
        switch step {
        case .context(let update):
            guard !endings.isInterrupted else { return }
            submit(&batch)
            let bytes = program.append(update)
            endings.appended(program.lastUpdate)
            driver.append(
                .context(
                    procedure: update.procedure, arguments: bytes,
                    UpdateSink(program.lastUpdate, endings)))
        case .shared(let slot, let value):
            guard !endings.isInterrupted else { return }
            submit(&batch)
            driver.append(.shared(slot: slot, program.append(slot: slot, value, &random)))
        case .operation(let operation): batch.append(call(operation))
        }
    }

    private mutating func call(_ operation: RandomProgram.Operation) -> Call {
        let count = Int(operation.traits.count)
        var traits = operation.traits
        traits.count = 1
        traits.deadline = operation.timeLimit.map { now.advanced(by: $0) }
        var arguments: [UInt8] = []
        var ends: [Int] = []
        for member in 0..<count {
            endings.submitted(
                Endings.Member(step: nextStep, index: member), operation, traits.deadline)
            let padding = random.chance(0.02) ? random.below(200_000) : random.below(100)
            arguments += DrivenProgram.argument(step: nextStep, member: member, padding: padding)
            ends.append(arguments.count)
        }
        let place = OperationPlace(statement: UInt64(nextStep + 1), element: count > 1 ? 1 : 0)
        let sink = StepSink(nextStep, endings)
        let call =
            count == 1
            ? Call(place: place, traits: traits, arguments: arguments, sink: sink)
            : Call(
                place: place, traits: traits, arguments: arguments, ends: ends,
                tags: Array(0..<count), sink: sink)
        calls.append((call, count, nextStep))
        return call
    }

    private mutating func cancel(_ step: Int) {
        guard !endings.isInterrupted, let chosen = calls.last(where: { $0.step == step }) else {
            return
        }
        endings.cancelled(step: step, count: chosen.count)
        driver.cancel([chosen.call])
    }
}
