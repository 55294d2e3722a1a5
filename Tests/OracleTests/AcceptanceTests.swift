import Foundation
import InterfaceCompiler
import InterfaceProof
import TestKit
import Testing

private let hasRpcgen = FileManager.default.isExecutableFile(atPath: "/usr/bin/rpcgen")

/// `PROOF_SEED=n` chooses other ones.
private let seeds = (0..<150).map { OracleTests.seed &* 1_000 + $0 }

/// rpcgen's answer, by whether it writes a header.
private func rpcgenTakes(_ text: String) throws -> Bool {
    let directory = try TemporaryDirectory("acceptance")
    try directory.write(text, to: "random.x")
    let process = try TestProcess.run(
        ["rpcgen", "-N", "-h", "-o", "\(directory.path)/random.h", "\(directory.path)/random.x"],
        within: 300)
    return process.status == 0
}

private func errors(_ text: String) -> [String] {
    do throws(InterfaceErrors) {
        let model = try compileInterface(text: text, file: "random.x")
        for language in StubLanguage.allCases { _ = language.files(of: model) }
        return []
    } catch {
        return error.diagnostics.map(\.rendered)
    }
}

@Suite(.enabled(if: hasRpcgen, "rpcgen (rpcsvc-proto) is not installed"))
struct AcceptanceTests {
    @Test func `what rpcgen takes is taken, unless no value of a type ends`() throws {
        var taken = 0
        var endless = 0
        for seed in seeds {
            let interface = RandomInterface(seed: seed)
            guard try rpcgenTakes(interface.text) else { continue }
            taken += 1
            let errors = errors(interface.text)
            if interface.hasEndlessType {
                endless += 1
                #expect(
                    errors.count == 1 && errors[0].contains("contains itself"),
                    "seed \(seed)\n\(errors.joined(separator: "\n"))\n\(interface.text)")
            } else {
                #expect(
                    errors.isEmpty,
                    "seed \(seed)\n\(errors.joined(separator: "\n"))\n\(interface.text)")
            }
        }
        // Both kinds occur, and rpcgen agrees with the grammar.
        #expect(taken > seeds.count * 3 / 4)
        #expect(endless > 5 && endless < taken / 2)
    }

    @Test func `what is taken compiles, and C and Swift have the same bytes for it`() throws {
        let directory = try TemporaryDirectory("random-interfaces")
        let chosen = seeds.filter { !RandomInterface(seed: $0).hasEndlessType }.prefix(8)
        let files = try chosen.map { seed in
            try directory.write(RandomInterface(seed: seed).text, to: "random\(seed).x")
            return SubjectFile(
                name: "random\(seed)", file: "\(directory.path)/random\(seed).x")
        }
        let proof = try Proof(files, machines: [.sanitized])
        for file in files {
            let fault = proof.fault(of: file)
            let text = try String(contentsOfFile: file.file, encoding: .utf8)
            #expect(fault == nil, "\(file.name)\n\(fault ?? "")\n\(text)")
        }
        try #require(proof.failures.isEmpty)
        let values = zip(proof.subjects, proof.firstTypes).flatMap { subject, first in
            subject.values(ofEach: 8, seed: OracleTests.seed).map {
                Request(type: first + $0.type, bytes: $0.bytes)
            }
        }
        let expected = values.map { Answer.value($0.bytes) }
        for program in [try proof.cProgram(for: .sanitized), try proof.swiftProgram()] {
            let answers = try program.answers(to: values)
            let wrong = values.indices.first { answers[$0] != expected[$0] }
            #expect(
                wrong == nil,
                "\(proof.title(wrong.map { values[$0].type } ?? 0)): \(wrong.map { answers[$0].told } ?? "")"
            )
        }
    }
}
