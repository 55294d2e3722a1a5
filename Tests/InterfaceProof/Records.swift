import Foundation

/// What is given to a program that decodes a value and encodes it again.
public struct Request: Hashable, Sendable {
    /// Counts through the types of all subjects of the program.
    public let type: Int
    public let bytes: [UInt8]
    /// It is encoded as if it were of this type, which has the same layout in memory.
    public let typeEncoded: Int
    /// The encoder's limit.
    public let limit: Int

    /// The limit where a test is not about it.
    public static let limitUsual = 64 << 20

    public init(
        type: Int, bytes: [UInt8], typeEncoded: Int? = nil, limit: Int = Self.limitUsual
    ) {
        self.type = type
        self.bytes = bytes
        self.typeEncoded = typeEncoded ?? type
        self.limit = limit
    }
}

/// What it answers.
public enum Answer: Hashable, Sendable {
    /// The value was decoded; these are its bytes when it is encoded again.
    case value([UInt8])
    /// It was refused, with this sentence.
    case refused(String)
}

/// A stream of these, in numbers of 32 bits, big-endian: a request is type, type encoded, limit,
/// count, bytes; an answer is 0 or 1 for refused, count, bytes or sentence.
enum Records {
    static func data(_ requests: [Request]) -> Data {
        var data = Data()
        for request in requests {
            let head = [request.type, request.typeEncoded, request.limit, request.bytes.count]
            for number in head {
                withUnsafeBytes(of: UInt32(number).bigEndian) { data.append(contentsOf: $0) }
            }
            data.append(contentsOf: request.bytes)
        }
        return data
    }

    static func answers(_ data: Data) -> [Answer] {
        let bytes = [UInt8](data)
        var answers: [Answer] = []
        var place = 0
        func number() -> Int {
            defer { place += 4 }
            return bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        while place + 8 <= bytes.count {
            let status = number()
            let count = number()
            guard place + count <= bytes.count else { break }
            let content = bytes[place..<place + count]
            answers.append(
                status == 0
                    ? .value(Array(content)) : .refused(String(decoding: content, as: UTF8.self)))
            place += count
        }
        return answers
    }
}
