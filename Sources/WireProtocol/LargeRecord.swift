/// A record in memory of its own, so that its bytes are read to where they stay.
struct LargeRecord {
    /// Smaller ones come many in one read.
    static let sizeMin = 64 << 10
    /// Memory is taken at once up to here, beyond it as bytes arrive.
    private static let reservedMax = 2 << 20

    private(set) var bytes: [UInt8] = []
    private let size: Int

    init(_ begin: UnsafeRawBufferPointer, size: Int) {
        self.size = size
        bytes.reserveCapacity(min(size, max(Self.reservedMax, begin.count)))
        bytes.append(contentsOf: begin)
    }

    var missing: Int { size - bytes.count }

    mutating func fill<Failure: Error>(
        _ receive: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        if bytes.count == bytes.capacity { bytes.reserveCapacity(min(size, 2 * bytes.count)) }
        let room = min(missing, bytes.capacity - bytes.count)
        try bytes.append(addingCapacity: room) { span throws(Failure) in
            try span.withUnsafeMutableBufferPointer { target, initialized throws(Failure) in
                let place = UnsafeMutableRawBufferPointer(target)
                initialized = try receive(
                    UnsafeMutableRawBufferPointer(rebasing: place[..<room]))
            }
        }
    }
}
