import Foundation
import InterfaceCompiler
import Testing

/// The summaries of what is wrong; empty when nothing is.
private func summaries(_ text: String) -> [String] {
    do {
        _ = try compileInterface(text: text, file: "a.x")
        return []
    } catch {
        return error.diagnostics.map(\.summary)
    }
}

@Test(.timeLimit(.minutes(20)))
func `a file that is too long is refused before it is read`() {
    let text = String(repeating: " ", count: InterfaceLimits.fileBytes + 1)
    #expect(
        summaries(text) == ["'a.x': 4194305 bytes exceed the limit of 4194304 for an interface"])
}

@Test(.timeLimit(.minutes(20)))
func `types nest up to the limit`() {
    func chain(_ count: Int) -> String {
        (1..<count).map { "struct S\($0) { S\($0 - 1) s<>; };\n" }.joined()
            + "struct S0 { int x; };\n"
    }
    #expect(summaries(chain(InterfaceLimits.nesting)) == [])
    #expect(summaries(chain(InterfaceLimits.nesting + 1)) == ["'S64' nests deeper than 64 types"])
    #expect(summaries(chain(15_000)) == ["'S64' nests deeper than 64 types"])
}

@Test(.timeLimit(.minutes(20)))
func `long chains and cycles of constants and typedefs end`() {
    let constants = (0..<15_000).map { "const C\($0) = C\($0 + 1);\n" }.joined()
    #expect(summaries(constants + "const C15000 = 7;\n") == [])
    #expect(
        summaries(constants + "const C15000 = C0;\n") == ["the value of 'C1' depends on itself"])
    let aliases = (0..<15_000).map { "typedef T\($0 + 1) T\($0);\n" }.joined()
    #expect(summaries(aliases + "typedef int T15000;\n") == ["'T14936' nests deeper than 64 types"])
    let cycle = summaries(aliases + "typedef T0 T15000;\n")
    #expect(cycle == ["'T0' contains itself: T0 → T1 → T2 → T3 → T4 → T5 → T6 → T7 → … → T0"])
}

/// What this thread has computed, however busy the machine is.
func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// It took minutes where each unknown name was compared with all that are known.
@Test(.timeLimit(.minutes(20)), arguments: ["", String(repeating: "abcdefgh", count: 25)])
func `thousands of unknown names among thousands of known ones are told soon`(longer: String) {
    let structs = (0..<3_000).map { "struct Known\(longer)\($0) { Unknwn\(longer)\($0) x; };\n" }
    let began = threadSeconds()
    let told = summaries(structs.joined())
    #expect(told == (0..<20).map { "'Unknwn\(longer)\($0)' is no type" })
    #expect(threadSeconds() - began < 30)
}

@Test(.timeLimit(.minutes(20)))
func `brackets and braces without end are one error`() {
    for mark in ["{", "(", "<", "struct A {", "application A { worker int f(", "/*", "case 1:"] {
        #expect(!summaries(String(repeating: mark, count: 100_000)).isEmpty)
    }
}

@Test(.timeLimit(.minutes(20)))
func `too many definitions and members are refused`() {
    let definitions = (0...InterfaceLimits.definitions).map { "const C\($0) = 1;\n" }.joined()
    #expect(summaries(definitions) == ["more than 20000 definitions in one file"])
    let fields = (0...InterfaceLimits.members).map { "int f\($0);\n" }.joined()
    #expect(summaries("struct A {\n\(fields)};\n") == ["more than 10000 of the fields of 'A'"])
}

@Test(.timeLimit(.minutes(20)), arguments: ["zoo", "application", "words", "recursive", "whole"])
func `a damaged file ends in a model or in diagnostics`(name: String) throws {
    let whole = Array(try Data(contentsOf: goldens.appendingPathComponent("\(name)/input.x")))
    var source = SeededGenerator(seed: 4506)
    for cut in stride(from: 0, to: whole.count, by: 7) {
        _ = summaries(String(decoding: whole[..<cut], as: UTF8.self))
    }
    for _ in 0..<300 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...6, using: &source) {
            let place = Int.random(in: bytes.indices, using: &source)
            switch source.next() % 3 {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &source)
            case 1: bytes.remove(at: place)
            default: bytes.insert("{};<>()*,=".utf8.randomElement(using: &source) ?? 0, at: place)
            }
        }
        _ = summaries(String(decoding: bytes, as: UTF8.self))
    }
}
