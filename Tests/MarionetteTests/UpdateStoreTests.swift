import Scheduling
import Testing

@testable import Driving
@testable import Marionette

@Suite struct UpdateStoreTests {
    private static func context(_ count: Int) -> UpdateStore.Update {
        .context(procedure: 1, arguments: [UInt8](repeating: 0, count: count), Completion())
    }

    @Test func `the updates that a host which joins is sent are bounded, and told with the figure`()
        throws
    {
        var store = UpdateStore()
        let part = DrivingLimits.contextMax / 4
        for _ in 0..<3 {
            #expect(store.refusal(of: Self.context(part), Trial.interface) == nil)
            _ = store.append(Self.context(part))
        }
        let held = 3 * (part + 128)
        #expect(store.contextBytes == held)
        #expect(
            store.refusal(of: Self.context(part), Trial.interface)
                == .contextTooLarge(operation: "add", bytes: held, limit: DrivingLimits.contextMax))
        store.forget(2)
        #expect(store.refusal(of: Self.context(part), Trial.interface) == nil)
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
