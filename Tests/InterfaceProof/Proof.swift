import Diagnostics
import Foundation
import InterfaceCompiler
import TestKit

/// Interfaces compiled to C for every machine and to Swift, once for all tests of a process.
public struct Proof: Sendable {
    /// What became of each file that was asked for.
    public let outcomes: [SubjectFile: Result<Subject, Failure>]
    public let subjects: [Subject]
    /// Why the generated code of a subject does not compile, by the subject and for what.
    public let failures: [String: [String: String]]
    let c: GeneratedC
    let swift: GeneratedSwift

    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    /// The goldens, our wire protocol and Debian's interfaces.
    public static let shared = Result { try Proof(SubjectFile.ours + SubjectFile.debian) }

    public init(_ files: [SubjectFile], machines: [Machine] = Machine.allCases) throws {
        let outcomes = files.map { file in
            (file, Result { try Subject(name: file.name, file: file.file) }.mapError(Self.failure))
        }
        self.outcomes = Dictionary(outcomes) { first, _ in first }
        let subjects = outcomes.compactMap { try? $0.1.get() }
        let c = try GeneratedC(subjects)
        let swift = try GeneratedSwift(subjects)
        var steps: [Step] = []
        for subject in subjects {
            steps.append(Step(subject: subject.name, what: "swift") { try swift.compile(subject) })
            for machine in machines {
                steps.append(
                    Step(subject: subject.name, what: machine.rawValue) {
                        try c.compile(subject, for: machine)
                    })
            }
        }
        var failures: [String: [String: String]] = [:]
        for (step, error) in zip(steps, Tools.inParallel(steps, \.error)) {
            if let error { failures[step.subject, default: [:]][step.what] = error }
        }
        self.failures = failures
        self.subjects = subjects
        (self.c, self.swift) = (c, swift)
    }

    /// Why the interface, or what was generated from it, does not compile; nil where it does.
    public func fault(of file: SubjectFile) -> String? {
        switch outcomes[file] {
        case nil: return "not asked for"
        case .failure(let failure): return failure.description
        case .success:
            let told = failures[file.name]?.sorted { $0.key < $1.key }
            return told.map { $0.map { "\($0.key): \($0.value)" }.joined(separator: "\n") }
        }
    }

    public func cProgram(for machine: Machine) throws -> EchoProgram {
        try c.echoProgram(for: machine)
    }

    public func swiftProgram() throws -> EchoProgram { try swift.echoProgram() }

    /// The number of the first type of each subject.
    public var firstTypes: [Int] {
        subjects.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.types.count) }
    }

    /// `debian_nis.nis_object` for a number.
    public func title(_ type: Int) -> String {
        let titles = subjects.flatMap { subject in subject.types.indices.map(subject.title) }
        return titles.indices.contains(type) ? titles[type] : "type \(type)"
    }

    private static func failure(_ error: any Error) -> Failure {
        guard let errors = error as? InterfaceErrors else {
            return Failure(description: "\(error)")
        }
        return Failure(description: errors.diagnostics.map(\.rendered).joined(separator: "\n"))
    }

    private struct Step: Sendable {
        let subject: String
        let what: String
        let body: @Sendable () throws -> Void

        var error: String? {
            do {
                try body()
                return nil
            } catch { return "\(error)" }
        }
    }
}
