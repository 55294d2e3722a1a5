import Foundation
import InterfaceCompiler
import TestKit
import Testing
import XDRCoding

func bytes(_ value: some XDRCodable) throws -> [UInt8] {
    var encoder = XDREncoder()
    try value.encode(to: &encoder)
    return encoder.bytes
}

func decoded<Value: XDRCodable>(_ bytes: [UInt8], as type: Value.Type) throws -> Value {
    var decoder = XDRDecoder(bytes)
    let value = try decoder.decode(as: type)
    try decoder.finish()
    return value
}

@Test(arguments: EchoProgram.Machine.available)
func `Swift and C agree byte for byte on random values`(_ machine: EchoProgram.Machine) throws {
    try withTemporaryDirectory { directory in
        let program = try #require(try EchoProgram("zoo", type: "Zoo", for: machine, in: directory))
        var keeper = ZooKeeper(seed: 20_001_989)
        let values = try (0..<200).map { _ in try bytes(keeper.zoo()) }
        #expect(try program.echo(values) == values)
        for value in values { #expect(try bytes(decoded(value, as: Zoo.self)) == value) }
    }
}

@Test(arguments: EchoProgram.Machine.available)
func `a value that is cut off anywhere is refused by both`(_ machine: EchoProgram.Machine) throws {
    try withTemporaryDirectory { directory in
        let program = try #require(try EchoProgram("zoo", type: "Zoo", for: machine, in: directory))
        var keeper = ZooKeeper(seed: 7)
        let whole = try bytes(keeper.zoo())
        let pieces = whole.indices.map { Array(whole[..<$0]) }
        #expect(try program.echo(pieces).allSatisfy { $0 == nil })
        for piece in pieces {
            #expect(throws: XDRError.self) { try decoded(piece, as: Zoo.self) }
        }
    }
}

@Test(needs("cc"))
func `Swift and C accept and refuse the same damaged values`() throws {
    try withTemporaryDirectory { directory in
        let program = try #require(try EchoProgram("zoo", type: "Zoo", for: .native, in: directory))
        var keeper = ZooKeeper(seed: 99)
        var source = SeededGenerator(seed: 100)
        var damaged: [[UInt8]] = []
        for _ in 0..<40 {
            let whole = try bytes(keeper.zoo())
            for _ in 0..<50 {
                var value = whole
                for _ in 0..<Int.random(in: 1...3, using: &source) {
                    let place = Int.random(in: value.indices, using: &source)
                    value[place] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &source) ?? 0
                }
                damaged.append(value)
            }
        }
        let echoes = try program.echo(damaged)
        for (value, echo) in zip(damaged, echoes) {
            do {
                let again = try bytes(decoded(value, as: Zoo.self))
                #expect(echo == again)
            } catch let error as XDRError {
                // A string that is not UTF-8 is no String, but is bytes to C.
                if case .notUTF8 = error.reason { continue }
                #expect(echo == nil, "\(error)")
            }
        }
    }
}

@Test func `the default case of a union refuses a discriminant that has its own`() {
    var encoder = XDREncoder()
    let error = #expect(throws: XDRError.self) {
        try Number.otherwise(0, 1).encode(to: &encoder)
    }
    #expect(error?.description == "0 is no value of 'Number'")
}
