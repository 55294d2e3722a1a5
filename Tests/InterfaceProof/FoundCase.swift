import Foundation
import TestKit

/// An input that once failed, kept to be replayed: `Tests/Fuzz/Found/values/SUBJECT.TYPE-NAME` has
/// a value's bytes, `Tests/Fuzz/Found/interfaces/NAME.x` the text of an interface.
public struct FoundCase: Sendable, CustomStringConvertible {
    private static let directory = "\(Checkout.root)/Tests/Fuzz/Found"

    public let file: String
    public let bytes: [UInt8]

    /// `golden_zoo.Word`
    public var title: String {
        String(file.split(separator: "/").last?.split(separator: "-").first ?? "")
    }
    public var description: String { String(file.dropFirst(Self.directory.count + 1)) }

    public static let values = all(in: "values")
    public static let interfaces = all(in: "interfaces")

    private static func all(in name: String) -> [FoundCase] {
        let files = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(name)")
        return (files ?? []).sorted().compactMap { file in
            let path = "\(directory)/\(name)/\(file)"
            return FileManager.default.contents(atPath: path)
                .map { FoundCase(file: path, bytes: Array($0)) }
        }
    }

    /// Keeps what libFuzzer found, and returns the file.
    public static func keep(_ artifact: String, of program: FuzzProgram, subjects: [Subject]) throws
        -> String
    {
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: artifact)))
        var digest = Seed(0, bytes.map { "\($0)" }.joined(separator: " "))
        let name = String(digest.next() & 0xffff_ffff, radix: 16)
        let path: String
        var kept = bytes[...]
        if program == .parser {
            path = "\(directory)/interfaces/\(name).x"
        } else {
            let titles = subjects.flatMap { subject in subject.types.indices.map(subject.title) }
            guard bytes.count >= 2 else { throw Proof.Failure(description: "\(artifact) is empty") }
            let title = titles[(Int(bytes[0]) << 8 | Int(bytes[1])) % titles.count]
            path = "\(directory)/values/\(title)-\(name)"
            kept = bytes[2...]
        }
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(kept).write(to: file)
        return path
    }
}
