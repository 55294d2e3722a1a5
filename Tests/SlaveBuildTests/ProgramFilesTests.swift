import Foundation
import TestKit
import Testing

@testable import SlaveBuild

@Suite(.timeLimit(.minutes(10))) struct ProgramFilesTests {
    /// Others start processes all the time, each of which has open for a moment what this one has open.
    @Test func `a program that was just written can be executed, whatever starts beside it`()
        async throws
    {
        let directory = try TemporaryDirectory("programs")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<6 {
                group.addTask {
                    for round in 0..<25 {
                        let path = "\(directory.path)/a 'b' \(task)-\(round)"
                        try ProgramFiles.write([path: "#!/bin/sh\nexit 7\n"])
                        let running = Process()
                        running.executableURL = URL(fileURLWithPath: path)
                        try running.run()
                        running.waitUntilExit()
                        #expect(running.terminationStatus == 7)
                    }
                }
            }
            try await group.waitForAll()
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(left.count == 6 * 25, "nothing else is left there: \(left)")
    }

    @Test func `a program that can't be written is an error and leaves nothing`() throws {
        let directory = try TemporaryDirectory("programs")
        #expect(throws: (any Error).self) {
            try ProgramFiles.write(["\(directory.path)/nowhere/cc": "#!/bin/sh\n"])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
