import Dispatch
import Synchronization

/// Which stores are being served, so that one that several hosts share is served once.
public final class StoreSharing: Sendable {
    struct Key: Hashable {
        var token: String
        var bundle: String
    }

    enum Claim {
        /// This host's store is to be served; the semaphore is signalled when that was done or failed.
        case first(DispatchSemaphore)
        /// That host's push to the store has ended.
        case after(String)
    }

    private let servings = Mutex<[Key: (host: String, isDone: DispatchSemaphore)]>([:])

    public init() {}

    /// Waits for the end of the push, where another host of the store came first.
    func claim(_ key: Key, host: String) -> Claim {
        let done = DispatchSemaphore(value: 0)
        let other = servings.withLock { servings -> (host: String, isDone: DispatchSemaphore)? in
            if let other = servings[key] { return other }
            servings[key] = (host, done)
            return nil
        }
        guard let other else { return .first(done) }
        other.isDone.wait()
        // For the next one that waits.
        other.isDone.signal()
        return .after(other.host)
    }
}
