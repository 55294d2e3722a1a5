/// Follows what gdb and gdbserver say to each other (the remote serial protocol of the GDB manual,
/// appendix E: `$data#checksum`, `+` and `-`), as far as is needed to end it for gdb.
///
/// gdb may be killed at any time, also while a breakpoint's instruction stands in the worker's code.
/// Whoever carries the bytes then takes back the breakpoints and detaches in gdb's place.
struct RemoteSerialTap {
    /// Breakpoints that gdb inserted and did not remove: `0,401234,1`.
    private(set) var breakpoints: Set<String> = []
    /// The process was told to go on, and no stop was reported since.
    private(set) var isRunning = false
    /// gdb said goodbye itself, or the process ended.
    private(set) var isOver = false

    private var fromDebugger = PacketSplitter()
    private var fromServer = PacketSplitter()

    mutating func debuggerSent(_ bytes: some Sequence<UInt8>) {
        for packet in fromDebugger.split(bytes) {
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
    }

    mutating func serverSent(_ bytes: some Sequence<UInt8>) {
        for packet in fromServer.split(bytes) {
            switch packet.first {
            case "T", "S": isRunning = false
            case "W", "X": isOver = true
            default: break
            }
        }
    }

    /// What stops the process, where it runs: gdbserver takes the byte for Ctrl-C.
    static let interrupt: [UInt8] = [0x03]

    /// What is to be sent when the process stands: the end of a packet that gdb could not finish,
    /// acknowledgement of whatever was said last, each breakpoint taken back, and the goodbye.
    /// gdbserver ends after it.
    var farewell: [UInt8] {
        let end = fromDebugger.isInside ? Array("#00".utf8) : []
        let packets = breakpoints.sorted().map { "z\($0)" } + ["D"]
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

    mutating func split(_ bytes: some Sequence<UInt8>) -> [String] {
        var packets: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "$") {
                // Within data a dollar is escaped: a bare one begins a packet, also after a broken one.
                isInside = true
                data.removeAll(keepingCapacity: true)
            } else if byte == UInt8(ascii: "#"), isInside {
                isInside = false
                packets.append(String(decoding: data, as: UTF8.self))
            } else if isInside, data.count < Self.keptMax {
                data.append(byte)
            }
        }
        return packets
    }
}
