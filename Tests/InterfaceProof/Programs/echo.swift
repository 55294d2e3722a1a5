// Reads values, decodes and encodes them, writes what came of it: see Records.swift. `proofTypes()`
// stands in a file that is made for the subjects.
import Foundation
import XDRCoding

/// What an encoder of ours says of a value that our decoder made.
struct NotEncoded: Error, CustomStringConvertible {
    let error: XDRError
    var description: String { "decoded, but not encoded: \(error)" }
}

/// - Parameter same: of the same layout in memory
func echo<Value: XDRCodable, Same: XDRCodable>(
    _ type: Value.Type, _ same: Same.Type, _ bytes: [UInt8], limit: Int
) throws -> [UInt8] {
    var decoder = XDRDecoder(bytes)
    let value = try decoder.decode(as: type)
    try decoder.finish()
    var encoder = XDREncoder(limit: limit)
    do { try unsafeBitCast(value, to: same).encode(to: &encoder) } catch {
        throw NotEncoded(error: error)
    }
    return encoder.bytes
}

@main struct Echo {
    static func main() throws {
        let input = try [UInt8](FileHandle.standardInput.readToEnd() ?? Data())
        let types = proofTypes()
        var output = Data()
        var place = 0
        func number() -> Int {
            defer { place += 4 }
            return input[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        func answer(_ status: UInt8, _ bytes: [UInt8]) {
            output.append(contentsOf: [0, 0, 0, status])
            withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { output.append(contentsOf: $0) }
            output.append(contentsOf: bytes)
        }
        while place < input.count {
            let type = types[number()]
            let same = types[number()]
            let limit = number()
            let count = number()
            let bytes = Array(input[place..<place + count])
            place += count
            do { answer(0, try echo(type, same, bytes, limit: limit)) } catch {
                answer(1, Array("\(error)".utf8))
            }
        }
        try FileHandle.standardOutput.write(contentsOf: output)
    }
}
