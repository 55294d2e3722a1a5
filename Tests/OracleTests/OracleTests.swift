import Foundation
import InterfaceProof
import Testing

/// Bytes of random values of every type, made from the model, against everything that decodes and
/// encodes them: our Swift, our C on five kinds of memory and under sanitizers, and rpcgen.
@Suite struct OracleTests {
    /// `PROOF_SEED=n make proof` repeats a failure.
    static let seed =
        ProcessInfo.processInfo.environment["PROOF_SEED"].flatMap { UInt64($0) }
        ?? 4_506
    static let valuesOfEachType = 12
    static let repeats = "to repeat: PROOF_SEED=\(seed) make proof"

    /// Values of each type of all subjects.
    static let values = Result {
        let proof = try Proof.shared.get()
        return zip(proof.subjects, proof.firstTypes).flatMap { subject, first in
            subject.values(ofEach: valuesOfEachType, seed: seed).map {
                Request(type: first + $0.type, bytes: $0.bytes)
            }
        }
    }

    static let damaged = Result {
        var damage = Damage(seed: Seed(seed, "damage"))
        return try values.get().map { Request(type: $0.type, bytes: damage.damaged($0.bytes)) }
    }

    /// What our C answers on this machine, which all others have to answer too.
    static let answersToDamage = Result {
        try Programs.c(.native).answers(to: damaged.get())
    }

    @Test(arguments: Machine.allCases)
    func `our C decodes and encodes every type's values to the same bytes`(
        _ machine: Machine
    ) throws {
        let proof = try Proof.shared.get()
        let answers = try Programs.c(machine).answers(to: Self.values.get())
        expectEchoed(try Self.values.get(), answers, proof)
    }

    @Test func `our Swift decodes and encodes every type's values to the same bytes`() throws {
        let proof = try Proof.shared.get()
        let answers = try Programs.swift.get().answers(to: Self.values.get())
        expectEchoed(try Self.values.get(), answers, proof)
    }

    @Test(arguments: Machine.allCases.filter { $0 != .native })
    func `damaged values are accepted and refused with the same sentence on every machine`(
        _ machine: Machine
    ) throws {
        let proof = try Proof.shared.get()
        let requests = try Self.damaged.get()
        let answers = try Programs.c(machine).answers(to: requests)
        expectSame(requests, try Self.answersToDamage.get(), answers, proof)
    }

    @Test func `most damage is noticed`() throws {
        let refused = try Self.answersToDamage.get().filter { answer in
            if case .refused = answer { true } else { false }
        }
        #expect(refused.count > (try Self.damaged.get().count) / 2)
    }

    @Test func `our Swift accepts and refuses what our C does, and names the same field`() throws {
        let proof = try Proof.shared.get()
        let requests = try Self.damaged.get()
        let answers = try Programs.swift.get().answers(to: requests)
        // A string that is not UTF-8 is no String, but is bytes to C.
        let kept = requests.indices.filter { !answers[$0].isNotUTF8 }
        let ours = try Self.answersToDamage.get()
        expectSame(
            kept.map { requests[$0] }, kept.map { ours[$0].withoutReason },
            kept.map { answers[$0].withoutReason.cut(like: ours[$0].withoutReason) }, proof)
    }

    /// What rpcgen makes of these does not compile on Debian: they want headers that are installed
    /// nowhere, or declare what libtirpc's own headers do.
    static let onlyAsModel: Set<String> = [
        "debian_nis", "debian_nis_callback", "debian_rpcb_prot", "debian_crypt",
    ]

    @Test(arguments: SubjectFile.debian)
    func `rpcgen has the same bytes for every type of an interface of Debian's`(
        file: SubjectFile
    ) throws {
        try expectRpcgenEchoes(file, original: !Self.onlyAsModel.contains(file.name))
    }

    /// In the C of rpcgen a union can't hold itself.
    @Test(arguments: SubjectFile.ours.filter { $0.name != "golden_borrowed" })
    func `rpcgen has the same bytes for every type of an interface of ours`(
        file: SubjectFile
    ) throws {
        try expectRpcgenEchoes(file, original: false)
    }

    private func expectRpcgenEchoes(_ file: SubjectFile, original: Bool) throws {
        let proof = try Proof.shared.get()
        let index = try #require(proof.subjects.firstIndex { $0.name == file.name })
        let subject = proof.subjects[index]
        // What Sun called char and short has 32 bits on the wire, but rpcgen's C drops the rest.
        let hasNarrow = subject.text.contains(#/\b(?:u_)?(?:char|short)\b/#)
        let values = subject.values(
            ofEach: Self.valuesOfEachType, seed: Self.seed, largest: hasNarrow ? 127 : .max)
        let program = try GeneratedByRpcgen.echoProgram(of: subject, original: original)
        let answers = try program.answers(to: values)
        expectEchoed(values, answers, proof, firstType: proof.firstTypes[index])
    }

    // MARK: Comparing

    private func expectEchoed(
        _ requests: [Request], _ answers: [Answer], _ proof: Proof, firstType: Int = 0
    ) {
        expectSame(
            requests, requests.map { .value($0.bytes) }, answers, proof, firstType: firstType)
    }

    private func expectSame(
        _ requests: [Request], _ expected: [Answer], _ answers: [Answer], _ proof: Proof,
        firstType: Int = 0
    ) {
        #expect(answers.count == requests.count)
        let wrong = zip(requests, zip(expected, answers)).filter { $1.0 != $1.1 }
        let told = wrong.prefix(5).map { request, pair in
            "\(proof.title(firstType + request.type)) of \(request.bytes.hexadecimal)\n"
                + "  expected \(pair.0.told)\n  answered \(pair.1.told)"
        }
        #expect(
            wrong.isEmpty,
            "\(wrong.count) of \(requests.count) differ; \(Self.repeats)\n\(told.joined(separator: "\n"))"
        )
    }
}

/// Linked once for all tests.
enum Programs {
    static let swift = Result { try Proof.shared.get().swiftProgram() }
    private static let native = Result { try Proof.shared.get().cProgram(for: .native) }
    private static let sanitized = Result { try Proof.shared.get().cProgram(for: .sanitized) }
    private static let s390x = Result { try Proof.shared.get().cProgram(for: .s390x) }
    private static let armv7 = Result { try Proof.shared.get().cProgram(for: .armv7) }
    private static let powerpc = Result { try Proof.shared.get().cProgram(for: .powerpc) }
    private static let i686 = Result { try Proof.shared.get().cProgram(for: .i686) }

    static func c(_ machine: Machine) throws -> EchoProgram {
        switch machine {
        case .native: try native.get()
        case .sanitized: try sanitized.get()
        case .s390x: try s390x.get()
        case .armv7: try armv7.get()
        case .powerpc: try powerpc.get()
        case .i686: try i686.get()
        }
    }
}

extension Answer {
    var isNotUTF8: Bool {
        if case .refused(let sentence) = self { sentence.hasSuffix("is not UTF-8") } else { false }
    }

    /// Its path alone: the languages word a few reasons differently.
    var withoutReason: Answer {
        guard case .refused(let sentence) = self else { return self }
        return .refused(sentence.split(separator: ": ").dropLast().joined(separator: ": "))
    }

    private static let notEncoded = "decoded, but not encoded"

    /// `mixed.text`, where something is refused; empty for the value as a whole.
    var path: String {
        guard case .refused(let told) = withoutReason,
            let path = told.split(separator: ": ").last, path != Self.notEncoded
        else { return "" }
        // Of the wrapper: see Subject.swift.
        return String(path.trimmingPrefix("value").trimmingPrefix("."))
    }

    /// C keeps the inner end of a path that is longer than its room for one. Both without reasons.
    func cut(like other: Answer) -> Answer {
        guard case .refused(let path) = self, case .refused(let kept) = other,
            kept.utf8.count > 150, path.hasSuffix(kept.trimmingPrefix("\(Self.notEncoded): "))
        else { return self }
        return other
    }

    var told: String {
        switch self {
        case .value(let bytes): bytes.hexadecimal
        case .refused(let sentence): "refused: \(sentence)"
        }
    }
}

extension [UInt8] {
    /// The beginning of it.
    var hexadecimal: String {
        let digits = prefix(120).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return digits.joined() + (count > 120 ? "… (\(count) bytes)" : "")
    }
}
