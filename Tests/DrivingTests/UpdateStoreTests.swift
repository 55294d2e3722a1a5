import Scheduling
import Testing

@testable import Driving

@Suite struct UpdateStoreTests {
    private static let interface = InterfaceDescription(
        name: "T", program: 0x2000_0001, version: 1, hash: [], shared: [],
        procedures: [ProcedureDescription(number: 1, name: "set", kind: .context, reads: [])])

    private static func context(_ count: Int) -> UpdateStore.Update {
        .context(procedure: 1, arguments: [UInt8](repeating: 0, count: count), Completion())
    }

    @Test func `the updates that a host which joins is sent are bounded, and told with the figure`()
        throws
    {
        var store = UpdateStore()
        let part = DrivingLimits.contextMax / 4
        for _ in 0..<3 {
            #expect(store.refusal(of: Self.context(part), Self.interface) == nil)
            _ = store.append(Self.context(part))
        }
        let held = 3 * (part + 128)
        #expect(store.contextBytes == held)
        #expect(
            store.refusal(of: Self.context(part), Self.interface)
                == .contextTooLarge(operation: "set", bytes: held, limit: DrivingLimits.contextMax))
        store.forget(2)
        #expect(store.refusal(of: Self.context(part), Self.interface) == nil)
    }

    @Test func `versions count until nobody can read them`() {
        var store = UpdateStore()
        let content = SharedContent([UInt8](repeating: 1, count: 1000))
        _ = store.append(.shared(slot: 0, content))
        _ = store.append(.shared(slot: 0, content))
        #expect(store.sharedBytes == 2000)
        store.forget(SharedVersion(slot: 0, version: 1))
        #expect(store.sharedBytes == 1000)
    }
}
