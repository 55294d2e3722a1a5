import CLibrary
import MarionetteWorker

/// The probe application of these tests in Swift: it does what tests of the slave need done.
struct ProbeWorker: ProbeOperations {
    var bias: Int32 = 0
    var blobKept: UInt64 = 0

    mutating func setBias(_ value: Int32) { bias = value }

    mutating func breakContext(_ value: Int32) throws(OperationFailure) {
        if value < 0 {
            bias = value
            return
        }
        bias = -1  // Must be seen by nobody.
        if value != 0 { raise(value) }
        throw OperationFailure("the context is broken")
    }

    mutating func keep(_ blob: Blob) {
        let digest = blob.bytes.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        blobKept = UInt64(blob.bytes.count) << 32 | UInt64(digest)
    }

    func kept() -> UInt64 { blobKept }
    func nothing() {}
    func echo(_ blob: Blob) -> Blob { blob }
    func add(value: Int32, value2: Int32) -> Int32 { value &+ value2 &+ bias }

    func sum(table: Table) -> UInt32 { total(table) &+ UInt32(bitPattern: bias) }
    func sumBoth(table: Table, other: Table) -> UInt32 { total(table) &+ total(other) }

    private func total(_ table: Table) -> UInt32 { table.numbers.reduce(0, &+) }

    func crash(_ value: Int32) throws(OperationFailure) {
        if value == 0 { _ = overflow(1) }
        if value == SIGSEGV { UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1 }
        raise(value)
        throw OperationFailure("still here")
    }

    @inline(never)
    private func overflow(_ depth: Int) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { frame in
            frame[depth % 4096] = UInt8(truncatingIfNeeded: depth)
            return depth < 0 ? 0 : overflow(depth + 1) + Int(frame[(depth + 7) % 4096])
        }
    }

    func fail(_ text: String) throws(OperationFailure) { throw OperationFailure(text) }
    func leave(_ value: Int32) { exit(value) }

    func waitFor(_ text: String) -> Int32 {
        while access(text, F_OK) != 0 { usleep(2000) }
        return getpid()
    }

    func waitOnceFor(_ text: String) -> Int32 {
        print("waiting")
        return waitFor(text)
    }

    func print(_ text: String) { Swift.print(text, terminator: "") }
    func large(_ value: UInt32) -> Blob { Blob(bytes: Array(repeating: 0, count: Int(value))) }
    func process() -> Int32 { getpid() }
    func position() -> UInt64 { OperationCall.position }
    func mirror(_ counts: Counts) -> Counts { counts }

    func shell(_ text: String) throws(OperationFailure) {
        guard system(text) == 0 else { throw OperationFailure("the command failed") }
    }

    mutating func shellContext(_ text: String) throws(OperationFailure) { try shell(text) }

    func printAndEnd(text: String, value: Int32) throws(OperationFailure) {
        print(text)
        if value == 0 { exit(3) }
        try crash(value)
    }

    func printErrors(_ text: String) {
        // The C library's `stderr` is a variable, which Swift takes for shared state.
        _ = text.withCString { write(2, $0, strlen($0)) }
    }

    mutating func printContext(_ text: String) { print(text) }
}
