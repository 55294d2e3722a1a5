import Glibc

/// The bytes of a file, told to `progress` as they are taken.
public final class FileSource: ByteSource {
    private let path: String
    private let descriptor: Int32
    private let progress: ((Int) -> Void)?
    private var taken = 0

    /// - Parameter progress: is called with the bytes taken so far.
    public init(path: String, progress: ((Int) -> Void)? = nil) throws(TransportError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .inputUnreadable(path: path, reason: lastErrorText())
        }
        self.path = path
        self.progress = progress
    }

    deinit { close(descriptor) }

    public func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> Int {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw .inputUnreadable(path: path, reason: lastErrorText()) }
        taken += count
        progress?(taken)
        return count
    }
}

/// Bytes in memory.
public final class BytesSource: ByteSource {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: some Sequence<UInt8>) { rest = Array(bytes)[...] }

    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = rest.prefix(buffer.count)
        buffer.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }
}

/// Memory for bytes on their way.
final class PieceBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(size: Int) { bytes = .allocate(byteCount: size, alignment: 16) }

    deinit { bytes.deallocate() }
}
