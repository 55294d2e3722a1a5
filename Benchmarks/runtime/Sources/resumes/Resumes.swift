import Dispatch
import Glibc
import Synchronization

/// What Swift's tasks allow by themselves: `resumes COUNT` makes so many, 256 at the same time, each
/// of which waits until a thread that does nothing else resumes it. Prints how many end in a second:
/// with one operation each, no run can do more.
@main struct Resumes {
    static func main() async {
        guard let count = CommandLine.arguments.dropFirst().first.flatMap(Int.init), count > 0
        else {
            print("usage: resumes COUNT")
            exit(64)
        }
        let resumer = Resumer()
        let thread = resumer.start()
        let clock = ContinuousClock()
        let begun = clock.now
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= 256 { await group.next() }
                group.addTask { await resumer.wait() }
            }
            await group.waitForAll()
        }
        let span = clock.now - begun
        resumer.end()
        pthread_join(thread, nil)
        print(Int(Double(count) / (span / .seconds(1))))
    }
}

/// Hands continuations to one thread, which takes all that wait in one go.
final class Resumer: Sendable {
    private let waiting = Mutex<[UnsafeContinuation<Void, Never>]>([])
    private let isOver = Atomic<Bool>(false)
    private let wakes = DispatchSemaphore(value: 0)

    func wait() async {
        await withUnsafeContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.append(continuation)
                return waiting.count == 1
            }
            if isFirst { wakes.signal() }
        }
    }

    func start() -> pthread_t {
        var thread = pthread_t()
        let context = Unmanaged.passUnretained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                if let context {
                    Unmanaged<Resumer>.fromOpaque(context).takeUnretainedValue().run()
                }
                return nil
            }, context)
        return thread
    }

    private func run() {
        while true {
            wakes.wait()
            guard !isOver.load(ordering: .relaxed) else { return }
            let batch = waiting.withLock { waiting in
                defer { waiting.removeAll() }
                return waiting
            }
            for continuation in batch { continuation.resume() }
        }
    }

    func end() {
        isOver.store(true, ordering: .relaxed)
        wakes.signal()
    }
}
