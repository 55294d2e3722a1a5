/// Why bytes are no value of a type, or a value can't become bytes: what, in which field, at which
/// offset.
public struct XDRError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// Fewer bytes are there than the value needs.
        case truncated(needed: Int, available: Int)
        /// More items than the interface declares.
        case beyondBound(count: Int, bound: Int)
        /// A fixed array of another length than the interface declares; only when encoding.
        case wrongCount(count: Int, declared: Int)
        case notBool(UInt32)
        /// No member of the enumeration, or no case of the union, has this value.
        case notMember(type: String, value: Int64)
        case notUTF8
        /// RFC 4506 wants zero bytes up to the next multiple of four.
        case paddingNotZero
        /// A recursive type's value is nested deeper than the limit.
        case tooDeep(limit: Int)
        /// Bytes remain after the value.
        case leftOver(Int)
        /// The encoder's limit would be exceeded.
        case tooLong(needed: Int, limit: Int)
    }

    public var reason: Reason
    /// In bytes from where the decoder or encoder began.
    public var offset: Int
    /// Outermost field first: `objects[17].radius`; empty for the value as a whole.
    public var path: String

    public init(_ reason: Reason, offset: Int, path: String = "") {
        self.reason = reason
        self.offset = offset
        self.path = path
    }

    /// The same error, seen from outside of `field`.
    @usableFromInline
    func within(_ field: StaticString) -> XDRError {
        guard field.utf8CodeUnitCount > 0 else { return self }
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return XDRError(reason, offset: offset, path: "\(field)\(separator)\(path)")
    }

    /// The same error, seen from outside of item `index`.
    @usableFromInline
    func within(item index: Int) -> XDRError {
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return XDRError(reason, offset: offset, path: "[\(index)]\(separator)\(path)")
    }

    /// `objects[17].radius: 4 bytes needed at offset 96, 2 present`
    public var description: String {
        let what =
            switch reason {
            case .truncated(let needed, let available):
                "\(needed) bytes needed at offset \(offset), \(available) present"
            case .beyondBound(let count, let bound): "\(count) items exceed the bound of \(bound)"
            case .wrongCount(let count, let declared):
                "\(count) items where \(declared) are declared"
            case .notBool(let word): "\(word) is no bool"
            case .notMember(let type, let value): "\(value) is no value of '\(type)'"
            case .notUTF8: "the string before offset \(offset) is not UTF-8"
            case .paddingNotZero: "the padding before offset \(offset) is not zero"
            case .tooDeep(let limit): "nested deeper than \(limit)"
            case .leftOver(let count): "\(count) bytes are left over at offset \(offset)"
            case .tooLong(let needed, let limit):
                "\(needed) bytes at offset \(offset) exceed the limit of \(limit)"
            }
        return path.isEmpty ? what : "\(path): \(what)"
    }
}
