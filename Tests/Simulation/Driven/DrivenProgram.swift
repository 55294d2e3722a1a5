import Scheduling
import TestKit
import WireProtocol
import XDRCoding

import Driving
import RunRecords

/// A random program as bytes: what its steps are on the wire, and what a slave makes of them.
///
/// A class: slaves and the world read the same one, and the program goes on meanwhile.
final class DrivenProgram {
    let steps: RandomProgram
    /// The versions that it has made so far.
    private(set) var contents: [SharedVersion: SharedContent] = [:]
    private var latest: [Int: SharedContent] = [:]
    private var versions = [UInt64](repeating: 0, count: RandomProgram.slots)
    private var updates: [Position: RandomProgram.ContextUpdate] = [:]
    private(set) var lastUpdate: Position = 0

    static let interface = InterfaceDescription(
        name: "Driven", program: 0x2000_7777, version: 1, hash: [UInt8](repeating: 7, count: 32),
        shared: (0..<RandomProgram.slots).map { "slot\($0)" },
        procedures: (0..<3).map {
            ProcedureDescription(number: UInt32($0), name: "work\($0)", kind: .worker, reads: [])
        }
            + (0...RandomProgram.replacingProcedures).map { number in
                let isLast = number == RandomProgram.replacingProcedures
                return ProcedureDescription(
                    number: UInt32(isLast ? 199 : 100 + number), name: "set\(number)",
                    kind: .context, reads: [], replacesEarlier: !isLast)
            })

    init(_ steps: RandomProgram) { self.steps = steps }

    func operation(_ step: Int) -> RandomProgram.Operation? {
        guard steps.steps.indices.contains(step), case .operation(let operation) = steps.steps[step]
        else { return nil }
        return operation
    }

    // MARK: Updates

    func append(_ update: RandomProgram.ContextUpdate) -> [UInt8] {
        lastUpdate += 1
        updates[lastUpdate] = update
        return Self.bytes(of: update.value)
    }

    /// The update at the position, where the message is that one.
    func context(
        at position: Position, _ message: slave_context_update
    ) -> RandomProgram.ContextUpdate? {
        guard let update = updates[position], update.procedure == message.procedure,
            Self.bytes(of: update.value) == message.arguments
        else { return nil }
        return update
    }

    /// The next version: its value, and bytes that have much in common with the version before, or
    /// nothing.
    func append(slot: Int, _ value: UInt64, _ random: inout SeededNumbers) -> SharedContent {
        lastUpdate += 1
        versions[slot] += 1
        let version = SharedVersion(slot: slot, version: versions[slot])
        var bytes = latest[slot]?.bytes ?? []
        if bytes.isEmpty || random.chance(0.3) {
            let size = random.chance(0.03) ? random.below(600_000) : random.below(3_000)
            let filler = UInt8(truncatingIfNeeded: random.next())
            bytes =
                Self.bytes(of: value)
                + (0..<size).map { UInt8(truncatingIfNeeded: $0 / 64) &+ filler }
        } else {
            bytes.replaceSubrange(0..<8, with: Self.bytes(of: value))
            let place = 8 + random.below(bytes.count - 7)
            if random.chance(0.5) { bytes.insert(contentsOf: [1, 2, 3], at: place) }
        }
        let content =
            latest[slot].flatMap { SharedContent(bytes, after: $0) } ?? SharedContent(bytes)
        contents[version] = content
        latest[slot] = content
        return content
    }

    /// Whether the version has these bytes.
    func has(_ version: SharedVersion, _ bytes: [UInt8]) -> Bool {
        contents[version]?.bytes == bytes
    }

    static func value(of bytes: [UInt8]) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes(of value: UInt64) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian, Array.init)
    }

    // MARK: Operations

    /// Names the operation; `padding` is what makes it long.
    static func argument(step: Int, member: Int, padding: Int) -> [UInt8] {
        bytes(of: UInt64(step) << 32 | UInt64(member)) + bytes(of: UInt64(padding))
            + [UInt8](repeating: 0x5a, count: (padding + 3) & ~3)
    }

    static func argument(_ input: inout XDRDecoder) throws(XDRError) -> (step: Int, member: Int) {
        let name: UInt64 = try input.decode("name")
        let padding: UInt64 = try input.decode("padding")
        _ = try input.opaque(count: Int((padding + 3) & ~3))
        try input.finish()
        return (Int(name >> 32), Int(name & 0xffff_ffff))
    }

    static func result(_ value: UInt64, padding: Int) -> [UInt8] {
        bytes(of: value) + [UInt8](repeating: 0xa5, count: padding & ~3)
    }
}
