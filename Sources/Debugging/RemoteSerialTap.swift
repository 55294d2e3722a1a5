/// Follows what gdb and gdbserver say to each other (the remote serial protocol of the GDB manual,
/// appendix E: `$data#checksum`, `+` and `-`), as far as is needed to end it for gdb.
///
/// gdb may be killed at any time, also while a breakpoint's instruction stands in the worker's
/// code. Whoever carries the bytes then takes back the breakpoints and detaches in gdb's place.
struct RemoteSerialTap {
    /// Breakpoints that gdb inserted and did not remove: `0,401234,1`.
    private(set) var breakpoints: Set<String> = []
    /// The process was told to go on, and no stop was reported since.
    private(set) var isRunning = false
    /// gdb said goodbye itself, or the process ended.
    private(set) var isOver = false
    /// The process ended.
    private(set) var hasEnded = false

    private var fromDebugger = PacketSplitter()
    private var fromServer = PacketSplitter()

    /// What becomes of bytes of gdb's.
    struct Said: Hashable {
        var forwarded: [UInt8]
        /// gdb wants the process to stop.
        var isInterrupt: Bool
    }

    /// gdb's Ctrl-C is the byte 3 between packets. It is taken out: gdbserver would signal the
    /// process group that the process leads: a serial slave leads none, and of a worker's group only
    /// the worker is meant.
    mutating func debuggerSent(_ bytes: some Sequence<UInt8>) -> Said {
        var said = Said(forwarded: [], isInterrupt: false)
        for byte in bytes {
            if byte == 0x03, !fromDebugger.isInside {
                said.isInterrupt = true
            } else {
                said.forwarded.append(byte)
                if let packet = fromDebugger.take(byte) { heard(packet) }
            }
        }
        return said
    }

    private mutating func heard(_ packet: String) {
        switch packet.first {
        case "Z": breakpoints.insert(Self.location(packet))
        case "z": breakpoints.remove(Self.location(packet))
        case "c", "C", "s", "S": isRunning = true
        case "v" where packet.hasPrefix("vCont;"): isRunning = true
        case "D", "k": isOver = true
        case "v" where packet.hasPrefix("vKill"): isOver = true
        default: break
        }
    }

    mutating func serverSent(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            guard let packet = fromServer.take(byte) else { continue }
            switch packet.first {
            case "T", "S": isRunning = false
            case "W", "X":
                isOver = true
                hasEnded = true
            default: break
            }
        }
    }

    /// What is to be sent when the process stands: the end of a packet that gdb could not finish,
    /// acknowledgement of whatever was said last, each breakpoint taken back, and the goodbye.
    /// gdbserver ends after it.
    ///
    /// - Parameter process: named in the goodbye, as the multiprocess extension wants it; without
    ///   that extension gdbserver does not look at it.
    func farewell(to process: Int32) -> [UInt8] {
        let end = fromDebugger.isInside ? Array("#00".utf8) : []
        let packets = breakpoints.sorted().map { "z\($0)" } + ["D;\(String(process, radix: 16))"]
        return end + [UInt8(ascii: "+")] + packets.flatMap(Self.packet)
    }

    /// Type, address and kind; an insertion may have conditions behind them.
    private static func location(_ packet: String) -> String {
        String(packet.dropFirst().prefix { $0 != ";" })
    }

    static func packet(_ data: String) -> [UInt8] {
        let sum = data.utf8.reduce(UInt8(0)) { $0 &+ $1 }
        let digits = Array("0123456789abcdef".utf8)
        return [UInt8(ascii: "$")] + data.utf8
            + [UInt8(ascii: "#"), digits[Int(sum >> 4)], digits[Int(sum & 15)]]
    }
}

/// Cuts a stream into the data of its packets. Only their beginnings matter here, so that much is
/// kept of each and no more, whatever the peer sends.
private struct PacketSplitter {
    private static let keptMax = 256
    private(set) var isInside = false
    private var data: [UInt8] = []

    /// - Returns: the packet that the byte ends.
    mutating func take(_ byte: UInt8) -> String? {
        if byte == UInt8(ascii: "$") {
            // Within data a dollar is escaped: a bare one begins a packet, also after a broken one.
            isInside = true
            data.removeAll(keepingCapacity: true)
        } else if byte == UInt8(ascii: "#"), isInside {
            isInside = false
            return String(decoding: data, as: UTF8.self)
        } else if isInside, data.count < Self.keptMax {
            data.append(byte)
        }
        return nil
    }
}
