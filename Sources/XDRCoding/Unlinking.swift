#if !hasFeature(Embedded)
    internal import Glibc
#endif

/// Releases the nodes of a list one after the other.
///
/// The end of a node releases the next one, whose end would release the one behind it, and so on: a
/// long list would exhaust the stack. So a node that ends within the end of another leaves its next
/// one in a queue, and the outermost end empties that.
///
/// Whether anybody else holds a node doesn't matter: then its release is no end, and what follows
/// it stays as it is. A loop that asks (`isKnownUniquelyReferenced`) needs a compiler that asks each
/// time: as Embedded Swift, swiftc 6.3.1 asked once, before the loop. Lists of three nodes then
/// never ended.
@usableFromInline
enum Unlinking {
    typealias Queue = [Unmanaged<AnyObject>]

    @usableFromInline
    static func release(_ node: Unmanaged<AnyObject>) {
        if let outermost = OutermostEnd.queue {
            outermost.pointee.append(node)
            return
        }
        var queue: Queue = []
        withUnsafeMutablePointer(to: &queue) { queue in
            OutermostEnd.queue = queue
            node.release()
            while let next = queue.pointee.popLast() { next.release() }
            OutermostEnd.queue = nil
        }
    }
}

/// The queue of the outermost end on this thread, while there is one.
private enum OutermostEnd {
    #if hasFeature(Embedded)
        // Safe because: a process of the slave executes one operation at a time, on one thread.
        nonisolated(unsafe) static var queue: UnsafeMutablePointer<Unlinking.Queue>?
    #else
        static var queue: UnsafeMutablePointer<Unlinking.Queue>? {
            get { pthread_getspecific(key)?.assumingMemoryBound(to: Unlinking.Queue.self) }
            set {
                let failure = pthread_setspecific(key, newValue)
                precondition(failure == 0)
            }
        }

        private static let key: pthread_key_t = {
            var key: pthread_key_t = 0
            let failure = pthread_key_create(&key, nil)
            precondition(failure == 0)
            return key
        }()
    #endif
}
