import Scheduling
import Testing
import WireProtocol

@testable import Driving
@testable import Marionette

/// What a slave makes of a version that is sent to it.
enum ReceivedContent {
    private static let version = SharedVersion(slot: 0, version: 9)

    /// - Parameter base: what the slave holds.
    /// - Returns: the bytes, and how many of them were sent.
    static func of(
        _ content: SharedContent, over base: SharedContent?
    ) -> (bytes: [UInt8], sent: Int) {
        let held = base.map { ContentTransfer.Base(version: 1, layout: $0.layout) }
        var transfer = ContentTransfer(version, content, over: held)
        let sent = transfer.sentBytes
        let source = base?.bytes ?? []
        var bytes: [UInt8] = []
        while let step = transfer.next() {
            switch step {
            case .patch(let offset, let steps):
                #expect(offset == bytes.count && !steps.isEmpty && steps.count <= SLAVE_STEPS_MAX)
                #expect(steps.reduce(0) { $0 + Int($1.size) } <= SLAVE_COPY_MAX)
                for step in steps {
                    let from = Int(step.from)
                    #expect(step.size == 0 || transfer.base == 1)
                    bytes += source[from..<(from + Int(step.size))] + step.bytes
                }
            case .bytes(let offset, let count):
                #expect(offset == bytes.count && count <= SLAVE_CHUNK_MAX)
                bytes += content.memory.slice(from: offset).prefix(count)
            }
        }
        return (bytes, sent)
    }
}
