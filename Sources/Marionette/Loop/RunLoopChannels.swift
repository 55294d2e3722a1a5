import Driving
import Glibc
import Scheduling
import Transport

/// A host's channel.
struct HostLine {
    let connection: any HostConnection
    let channel: any HostChannel
    /// Its output has ended; until when the reason is awaited.
    var endsAt: Instant?
    /// What a shell printed before the slave is known, and told.
    var isPreludeTold = false
    /// It stands in the list of those whose channels may wait for something else.
    var isChanged = false
}

/// Channels: how they are made, read, written and closed.
extension RunLoop {
    // MARK: Connecting

    /// Connects in the background; the outcome comes back through the queue.
    func connect(_ host: HostID) {
        let description = driver.hosts[host.index]
        let command = description.command + ["--serve"] + (driver.isSerial ? ["--serial"] : [])
        let queue = master.queue
        let connector = connector
        let closing = closing
        let attempts = attempts
        connecting.add {
            guard !attempts.isCancelled else { return }
            let outcome: ConnectionOutcome
            do throws(TransportError) {
                let connection = try connector.connect(
                    to: description.endpoint, host: description.name, cancellation: attempts)
                outcome = .open(connection, try connection.open(command))
            } catch {
                outcome = .failed(error)
            }
            guard !queue.submit(.connection(host, outcome)) else { return }
            // The run ended in the meantime.
            guard case .open(let connection, let channel) = outcome else { return }
            closing.add {
                channel.close()
                connection.close()
            }
        }
    }

    func connected(_ host: HostID, _ outcome: ConnectionOutcome) {
        switch outcome {
        case .failed(let error):
            driver.unreached(host, error.diagnostic.summary, permanent: error.isPermanent)
        case .open(let connection, let channel):
            lines[host.index] = HostLine(connection: connection, channel: channel)
            noteChange(of: host)
            driver.connected(host)
        }
    }

    /// Closing may wait for the slave, so another thread does it.
    func close(_ connection: any HostConnection, _ channel: any HostChannel) {
        closing.add {
            channel.close()
            connection.close()
        }
    }

    // MARK: Writing

    /// Sends as much as the host has room for.
    func send(to host: HostID) {
        guard let channel = lines[host.index]?.channel else { return }
        noteChange(of: host)
        do throws(TransportError) {
            try driver.drain(host) { bytes throws(TransportError) in try channel.send(bytes) }
        } catch {
            driver.broken(host, error.diagnostic.summary)
        }
    }

    // MARK: Reading

    /// Reads what the host has to say, but no more than its turn allows.
    func receive(from host: HostID) {
        guard let channel = lines[host.index]?.channel else { return }
        noteChange(of: host)
        do throws(TransportError) {
            try receiveMessages(from: host, channel)
            try receiveLog(from: host, channel)
            tellPrelude(of: host)
        } catch {
            driver.broken(host, error.diagnostic.summary, permanent: error.isPermanent)
        }
        driver.noteLife()
        carryOut()
    }

    private func receiveMessages(
        from host: HostID, _ channel: any HostChannel
    ) throws(TransportError) {
        var taken = 0
        while taken < RunLimits.receiveMax, driver.listens(to: host) {
            let isLarge = driver.isWithinLarge(host)
            let received =
                isLarge
                ? try receiveLarge(from: host, channel)
                : try channel.receive(.output, into: buffer)
            switch received {
            case .bytes(let count):
                taken += count
                guard !isLarge else { break }
                wakeDriver()
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                driver.received(bytes, from: host)
                carryOut()
            case .wouldBlock: return
            case .ended:
                guard lines[host.index]?.endsAt == nil else { return }
                lines[host.index]?.endsAt = now.advanced(by: RunLimits.endingMax)
                ended.append(host)
                return
            }
        }
    }

    /// Reads the rest of a large record to its place.
    private func receiveLarge(
        from host: HostID, _ channel: any HostChannel
    ) throws(TransportError) -> Received {
        var received = Received.wouldBlock
        try driver.fill(host) { room throws(TransportError) in
            received = try channel.receive(.output, into: room)
            guard case .bytes(let count) = received else { return 0 }
            wakeDriver()
            return count
        }
        carryOut()
        return received
    }

    /// What the host's shell printed before the slave is no word of the slave's.
    private func tellPrelude(of host: HostID) {
        guard let line = lines[host.index], !line.isPreludeTold,
            let prelude = line.channel.prelude
        else { return }
        lines[host.index]?.isPreludeTold = true
        driver.began(host, printed: prelude.output, errors: prelude.errors)
    }

    private func wakeDriver() {
        now = RunClock.now
        driver.wake(now)
    }

    private func receiveLog(
        from host: HostID, _ channel: any HostChannel
    ) throws(TransportError) {
        var taken = 0
        while taken < RunLimits.receiveMax,
            case .bytes(let count) = try channel.receive(.errors, into: buffer)
        {
            taken += count
            driver.logged(UnsafeRawBufferPointer(rebasing: buffer[..<count]), from: host)
        }
    }

    /// Looks how slaves ended whose output has.
    func checkEnds() {
        guard !ended.isEmpty else { return }
        ended.removeAll { host in
            // Another connection may be there by now.
            guard let line = lines[host.index], let endsAt = line.endsAt else { return true }
            let ending = line.channel.ending
            noteChange(of: host)
            guard ending != nil || now >= endsAt else { return false }
            driver.ended(host, SlaveEnding(ending))
            return true
        }
        carryOut()
    }
}

extension SlaveEnding {
    fileprivate init(_ ending: ChannelEnding?) {
        self =
            switch ending {
            case .exited(let status)?: .exited(status: status)
            case .signalled(let name)?: .signalled(name: name)
            case .untold?, nil: .untold
            }
    }
}
