import InterfaceCompiler
import InterfaceProof
import Testing

/// What fuzzing found once (`make fuzz` keeps it below Tests/Fuzz/Found), and what was thought of
/// in the same manner.
@Suite struct FoundCaseTests {
    @Test func `there are kept cases`() {
        #expect(!FoundCase.values.isEmpty)
        #expect(!FoundCase.interfaces.isEmpty)
    }

    @Test(arguments: FoundCase.values)
    func `a kept value is answered alike everywhere, without a wrong access`(
        found: FoundCase
    ) throws {
        let proof = try Proof.shared.get()
        let titles = proof.subjects.flatMap { subject in subject.types.indices.map(subject.title) }
        let type = try #require(titles.firstIndex(of: found.title), "no type '\(found.title)'")
        let request = [Request(type: type, bytes: found.bytes)]
        let answer = try Programs.c(.sanitized).answers(to: request)[0]
        // XDR has one form for each value.
        if case .value(let bytes) = answer { #expect(bytes == found.bytes) }
        for machine in [Machine.native, .s390x, .armv7, .powerpc, .i686] {
            #expect(try Programs.c(machine).answers(to: request) == [answer])
        }
        let swift = try Programs.swift.get().answers(to: request)[0]
        guard !swift.isNotUTF8 else { return }
        let place = answer.withoutReason
        #expect(swift.withoutReason.cut(like: place) == place)
    }

    @Test(arguments: FoundCase.interfaces)
    func `a kept interface is compiled or refused, with a diagnostic`(found: FoundCase) {
        do {
            let text = String(decoding: found.bytes, as: UTF8.self)
            let model = try compileInterface(text: text, file: "found.x")
            #expect(!cStubs(model, stem: "found").isEmpty)
            #expect(!swiftClient(model).text.isEmpty)
        } catch {
            #expect(!error.diagnostics.isEmpty)
        }
    }
}
