import Debugging
import Diagnostics
import Foundation
import InterfaceCompiler
import Replaying
import RunRecords
import SlaveBuild

extension ReplayedOperation {
    /// Becomes gdb, at the first line of the operation in a slave that does one thing after the other.
    ///
    /// - Parameter arguments: gdb's own.
    func debug(at place: Place, _ arguments: [String], _ preparation: Preparation) throws -> Never {
        let build = try ApplicationBuild(
            manifest: preparation.manifest, targets: [], data: preparation.catalog.data)
        let invocation = DebuggerInvocation(
            debugger: try DebuggerInvocation.debugger(), symbols: place.slave.debugFile,
            sources: build.sourceMap, way: way(at: place, input: try input(), preparation),
            arguments: arguments)
        let command = invocation.command
        throw DebuggingError.notExecutable(program: command[0], reason: become(command))
    }

    private func way(
        at place: Place, input: String, _ preparation: Preparation
    ) -> DebuggerInvocation.Way {
        let serial = ["--serve", "--serial"]
        let language = preparation.manifest.application?.worker.language ?? .c
        let function = entryFunction(of: operation, in: model, isSwift: language == .swift)
        guard place.description.command.count > 1 else {
            return .start(
                program: place.description.command + serial, input: input, function: function)
        }
        let stub = [ownExecutable, "replay-stub", "--input", input, "--"]
        return .stub(
            command: stub + place.description.command + serial, function: function)
    }

    /// A file without a name, with all that is said to the slave. The process that gdb becomes keeps it
    /// open, and whatever it starts finds it under this path, from its beginning each time.
    private func input() throws -> String {
        let bytes = Conversation.monologue(kept.capsule, unreadSlot: unreadSlot)
        var path = Array(
            "\(FileManager.default.temporaryDirectory.path)/capsule-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        unlink(path)
        guard file >= 0, bytes.write(to: file) == bytes.count else {
            throw DebuggingError.notExecutable(
                program: "gdb", reason: String(cString: strerror(errno)))
        }
        return "/proc/\(getpid())/fd/\(file)"
    }
}
