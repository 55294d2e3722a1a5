#if canImport(CByteOrder)
    internal import CByteOrder
#endif

/// Numbers of `size` bytes (4 or 8), from the wire's order to the host's or back, in one pass.
///
/// In C, since Swift has no way to use a byte shuffle that only some processors of a target have.
/// Embedded Swift is compiled for a known processor and has no need to.
@usableFromInline
func convertByteOrder(
    to target: UnsafeMutableRawPointer, from source: UnsafeRawPointer, count: Int, size: Int
) {
    #if canImport(CByteOrder)
        if size == 4 {
            mrn_reorder32(target, source, count)
        } else {
            mrn_reorder64(target, source, count)
        }
    #else
        if size == 4 {
            convert(UInt32.self, to: target, from: source, count: count)
        } else {
            convert(UInt64.self, to: target, from: source, count: count)
        }
    #endif
}

#if !canImport(CByteOrder)
    private func convert<Wire: FixedWidthInteger & BitwiseCopyable>(
        _: Wire.Type, to target: UnsafeMutableRawPointer, from source: UnsafeRawPointer, count: Int
    ) {
        let size = MemoryLayout<Wire>.size
        for offset in stride(from: 0, to: count &* size, by: size) {
            let wire = source.loadUnaligned(fromByteOffset: offset, as: Wire.self)
            target.storeBytes(of: Wire(bigEndian: wire), toByteOffset: offset, as: Wire.self)
        }
    }
#endif
