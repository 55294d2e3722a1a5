import CWorkerBridge

// The half in Swift of the test that worker_abi.c describes.

@c(mrn_abi_swift_float)
public func abiFloat(_ before: Int32, _ value: Float) -> Float { value + Float(before) }

@c(mrn_abi_swift_double)
public func abiDouble(_ before: Int32, _ value: Double) -> Double { before == 2 ? -value : value }

@c(mrn_abi_swift_word)
public func abiWord(_ before: Int32, _ value: UInt64) -> UInt64 { value &+ UInt64(before) }

@c(mrn_abi_swift_record)
public func abiRecord(_ record: mrn_abi_record) -> mrn_abi_record {
    mrn_abi_record(
        single_width: -record.single_width, double_width: -record.double_width, word: ~record.word,
        number: -record.number)
}

@c(mrn_abi_swift_faults)
public func abiFaults() -> UInt32 {
    let sent = mrn_abi_record(
        single_width: 2.25, double_width: 1e300, word: 0xfedc_ba98_7654_3210, number: -7)
    let record = mrn_abi_c_record(sent)
    let isRecord =
        record.single_width == -2.25 && record.double_width == -1e300
        && record.word == ~sent.word && record.number == 7
    var faults: UInt32 = 0
    if mrn_abi_c_float(2, 1.5) != 3.5 { faults |= MRN_ABI_FLOAT.rawValue }
    if mrn_abi_c_double(2, -0.1) != 0.1 { faults |= MRN_ABI_DOUBLE.rawValue }
    if mrn_abi_c_word(2, 0x0123_4567_89ab_cdef) != 0x0123_4567_89ab_cdf1 {
        faults |= MRN_ABI_WORD.rawValue
    }
    if !isRecord { faults |= MRN_ABI_STRUCT.rawValue }
    return faults
}
