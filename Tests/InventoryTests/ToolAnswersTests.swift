import Foundation
import TestKit
import Testing

@testable import Inventory

/// What compilers say of themselves is asked once for each of them.
@Suite(.timeLimit(.minutes(2))) struct ToolAnswersTests {
    /// A copy of a program that prints what it is given, as a zig with its library beside it.
    private static func zig(in directory: TemporaryDirectory) throws -> String {
        try directory.write("", to: "lib/std/std.zig")
        let path = "\(directory.path)/zig"
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: "/bin/echo", toPath: path)
        return path
    }

    private static func kept(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }

    @Test func `an answer holds until the program is another file`() throws {
        let base = try TemporaryDirectory("answers")
        let answers = ToolAnswers(directory: "\(base.path)/kept")
        let zig = try Self.zig(in: base)
        let files = try #require(ToolAnswers.files(ofZig: zig))
        #expect(answers.output(of: [zig, "1"], files: files) == Data("1\n".utf8))
        // It is not asked again: what is kept is the answer.
        let file = "\(base.path)/kept/\(try #require(Self.kept("\(base.path)/kept").first))"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try Data((text.dropLast(2) + "2\n").utf8).write(to: URL(fileURLWithPath: file))
        #expect(answers.output(of: [zig, "1"], files: files) == Data("2\n".utf8))
        // Another question, or another program in its place.
        #expect(answers.output(of: [zig, "3"], files: files) == Data("3\n".utf8))
        _ = try Self.zig(in: base)
        #expect(answers.output(of: [zig, "1"], files: files) == Data("1\n".utf8))
        // Damaged, or of a key that has the same name.
        for name in Self.kept("\(base.path)/kept") {
            try Data("other".utf8).write(to: URL(fileURLWithPath: "\(base.path)/kept/\(name)"))
        }
        #expect(answers.output(of: [zig, "1"], files: files) == Data("1\n".utf8))
    }

    @Test func `what may answer otherwise tomorrow is asked each time`() throws {
        let base = try TemporaryDirectory("answers")
        let zig = try Self.zig(in: base)
        #expect(ToolAnswers.files(ofZig: zig) == [zig])
        // One that picks a zig has no library.
        try FileManager.default.removeItem(atPath: "\(base.path)/lib")
        #expect(ToolAnswers.files(ofZig: zig) == nil)
        try base.write("", to: "lib/std/std.zig")
        try FileManager.default.removeItem(atPath: zig)
        try TemporaryDirectory.writeProgram("#!/bin/sh\necho 1\n", at: zig)
        #expect(ToolAnswers.files(ofZig: zig) == nil)
        let answers = ToolAnswers(directory: "\(base.path)/kept")
        #expect(answers.output(of: [zig, "version"], files: nil) == Data("1\n".utf8))
        #expect(Self.kept("\(base.path)/kept").isEmpty)

        let files = FileManager.default
        for name in ["swiftly", "swift-driver", "swift-frontend"] {
            try files.copyItem(atPath: "/bin/echo", toPath: "\(base.path)/\(name)")
        }
        for (name, expected) in [
            ("swiftly", nil), ("swift-driver", ["swift-driver", "swift-frontend"]),
        ] {
            let link = "\(base.path)/swiftc"
            try? files.removeItem(atPath: link)
            try files.createSymbolicLink(atPath: link, withDestinationPath: name)
            #expect(ToolAnswers.files(ofSwiftc: link) == expected?.map { "\(base.path)/\($0)" })
        }
    }

    @Test func `a program that fails, and a cache that can't be written, leave no answer`() throws {
        let base = try TemporaryDirectory("answers")
        try FileManager.default.copyItem(atPath: "/bin/false", toPath: "\(base.path)/zig")
        let failing = "\(base.path)/zig"
        let answers = ToolAnswers(directory: "\(base.path)/kept")
        #expect(answers.output(of: [failing], files: [failing]) == nil)
        #expect(Self.kept("\(base.path)/kept").isEmpty)
        let nowhere = ToolAnswers(directory: "\(failing)/below")
        #expect(nowhere.output(of: ["/bin/echo", "1"], files: ["/bin/echo"]) == Data("1\n".utf8))
    }
}
