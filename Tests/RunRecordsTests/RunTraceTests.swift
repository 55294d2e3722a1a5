import Foundation
import TestKit
import Testing

@testable import RunRecords

@Suite struct RunTraceTests {
    @Test func `answers that came together are drawn one after the other`() {
        func execution(_ number: UInt64, busy: UInt64, ended: UInt64) -> RunTrace.Execution {
            RunTrace.Execution(
                end: OperationEnd(
                    place: OperationPlace(statement: number), sent: 0, ended: ended, busy: busy),
                procedure: "draw", outcome: "done")
        }
        let slices = TraceLayout.slices([
            execution(1, busy: 40, ended: 100), execution(2, busy: 30, ended: 100),
            execution(3, busy: 20, ended: 160),
        ])
        #expect(slices.map(\.start) == [30, 70, 140])
        #expect(slices.map(\.end) == [70, 100, 160])
    }

    @Test func `a trace in the place of a directory is refused before the run starts`() throws {
        let directory = try TemporaryDirectory("trace")
        let path = directory.path
        let error = #expect(throws: RunRecordsError.self) { try RunTrace.check(path) }
        #expect(
            error?.diagnostic.rendered
                == "error: the trace '\(path)' can't be written: it is a directory")
        #expect(!FileManager.default.fileExists(atPath: "\(path).new"))
        try RunTrace.check("\(path)/trace.json")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
    }

    @Test(arguments: [mode_t(S_IFIFO), mode_t(S_IFSOCK)])
    func `a trace never takes the place of a device or a pipe`(kind: mode_t) throws {
        let directory = try TemporaryDirectory("trace")
        let path = "\(directory.path)/special"
        #expect(mknod(path, kind | 0o600, 0) == 0)
        for path in [path, "/dev/null"] {
            let error = #expect(throws: RunRecordsError.self) { try RunTrace.check(path) }
            #expect(
                error?.diagnostic.rendered
                    == "error: the trace '\(path)' can't be written: it is not a regular file")
        }
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == kind)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["special"])
    }
}
