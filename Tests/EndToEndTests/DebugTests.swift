import Foundation
import TestKit
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct DebugTests {
        @Test
        func
            `a worker's backtrace has lines of its source, and the run goes on to the same picture`()
            throws
        {
            let project = try Project()
            var (run, gdb) = try Self.debugged(project)
            // On a busy machine the run may be over before gdb is there: another one.
            for _ in 0..<4 where gdb.status != 0 && gdb.errors.contains("is over") {
                try run.process.waitForEnd()
                (run, gdb) = try Self.debugged(project)
            }
            #expect(gdb.status == 0, "\(gdb.told)")
            #expect(
                gdb.output.contains(/#0 +(0x[0-9a-f]+ in )?raytracer_render .*worker\/\w+\.c:\d+/),
                "\(gdb.told)")
            #expect(gdb.output.contains("mrn_"), "\(gdb.told)")
            #expect(gdb.output.contains("\(project.directory)/worker/"), "\(gdb.told)")
            try run.process.waitForEnd()
            #expect(run.process.status == 0, "\(run.process.told)")
            #expect(
                !run.events.contains {
                    guard case .workerEnded(let end) = $0.content else { return false }
                    return $0.t < run.events.last?.t ?? 0 && end.host == "xeon"
                        && end.how.contains("TRAP")
                })
            let serial = try project.render(
                "serial", flags: ["--serial"], options: ["--samples", "16", "--tile", "16"])
            try #require(serial.status == 0)
            #expect(try project.bytes("debugged") == project.bytes("serial"))
        }

        /// A run, and gdb on a worker of it.
        private static func debugged(_ project: Project) throws -> (RunningProject, TestProcess) {
            let run = try RunningProject.working(project, "debugged", on: ["xeon"])
            let gdb = try project.marionette(
                ["debug", "xeon", "--break", "render", "--", "--batch"]
                    + ["-ex", "backtrace", "-ex", "info source"])
            return (run, gdb)
        }

        @Test func `what can't be debugged is told with what works instead`() throws {
            let project = try Project()
            let run = try RunningProject.working(project, "undebugged", on: ["mainframe"])
            // It does not end meanwhile, however long this takes.
            run.process.signalGroup(SIGSTOP)
            let emulated = try project.marionette(["debug", "mainframe"])
            #expect(emulated.status == 1)
            #expect(
                emulated.errors.contains(
                    "runs under qemu-s390x-static, which debuggers can't enter"))
            #expect(emulated.errors.contains("marionette debug xeon attaches to a native worker"))
            let misspelt = try project.marionette(["debug", "xoen"])
            #expect(misspelt.status == 64)
            #expect(misspelt.errors.contains("did you mean 'xeon'?"))
            let unknown = try project.marionette(["debug", "xeon:99"])
            #expect(unknown.status == 64)
            #expect(unknown.errors.contains("host 'xeon' has no worker 99"))
            run.process.signalGroup(SIGINT)
            run.process.signalGroup(SIGCONT)
            try run.process.waitForEnd()
            let ended = try project.marionette(["debug", "xeon"])
            #expect(ended.status == 1)
            #expect(ended.errors.contains("is over"), "\(ended.told)")
        }
    }
}
