import Archives
import Diagnostics
import Digests
import Distribution
import Testing
import Transport

@Suite struct PushFailureTests {
    struct Failure: Sendable, CustomTestStringConvertible {
        var result: CommandResult
        var exitCode: ExitCode
        var text: String
        var testDescription: String { text }
    }

    private static let head = "store /home/pi/.cache/marionette\nmachine x86_64\n"

    static let failures: [Failure] = [
        Failure(
            result: CommandResult(64, head + "tool gzip\n"), exitCode: .configuration,
            text: """
                error: host 'pi1' has no 'gzip'
                  help: install gzip there; a slave needs nothing else once it is in the store
                """),
        Failure(
            result: CommandResult(65, head, errors: "slave: 'data/x' is not as listed\nmore\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': the bundle that arrived is not the one that was sent
                  note: it said: slave: 'data/x' is not as listed
                  help: marionette push
                """),
        Failure(
            result: CommandResult(73, head, errors: "mkdir: /home/pi: Permission denied\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': store '/home/pi/.cache/marionette' is not writable
                  note: it said: mkdir: /home/pi: Permission denied
                  help: name another directory with 'store:' at the host in marionette.yaml
                """),
        Failure(
            result: CommandResult(
                74, head + "available 12\n", errors: "tar: slave: No space left on device\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': store '/home/pi/.cache/marionette' needs 24 bytes, \
                12288 available
                  help: make room there, or name another directory with 'store:' at the host
                """),
        Failure(
            result: CommandResult(73, head, errors: "mkdir: Disk quota exceeded\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': store '/home/pi/.cache/marionette' needs 24 bytes
                  help: make room there, or name another directory with 'store:' at the host
                """),
        Failure(
            result: CommandResult(74, head, errors: "gzip: unexpected end of file\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': the bundle could not be unpacked
                  note: it said: gzip: unexpected end of file
                  help: marionette push
                """),
        Failure(
            result: CommandResult(2, head, errors: "slave: Syntax error\n"),
            exitCode: .configuration,
            text: """
                error: host 'pi1': declared target s390x-linux-musl is not the host's: \
                uname -m says x86_64
                  help: name the host's own target in marionette.yaml, one of 'marionette targets'
                """),
        Failure(
            result: CommandResult(139, "store /s\nmachine s390x\n"), exitCode: .failed,
            text: "error: host 'pi1': the slave, which was to install itself, was killed by SIGSEGV"
        ),
        Failure(
            result: CommandResult(71, "store /s\nmachine s390x\n", errors: "fork: no memory\n"),
            exitCode: .failed,
            text: """
                error: host 'pi1': the slave, which was to install itself, was refused memory, \
                processes or files by its system
                  note: it said: fork: no memory
                """),
        Failure(
            result: CommandResult(1, "", errors: "This account is not available.\n"),
            exitCode: .configuration,
            text: """
                error: host 'pi1' has no POSIX shell that answers
                  note: it said: This account is not available.
                """),
        Failure(
            result: CommandResult(ending: .untold), exitCode: .unreachable,
            text: """
                error: host 'pi1': the connection was lost: no status came
                  help: marionette hosts
                """),
    ]

    @Test(arguments: failures)
    func `each failure of a push is told whole`(_ failure: Failure) throws {
        let bundle = try Scratch().bundle(slave: "x")
        let looked = CommandResult(0, Self.head + "slave /s/slave\npresent no\n")
        let order = PushOrder(
            host: "pi1", endpoint: .local, architecture: .s390x,
            bundle: BundleDescription(
                digest: bundle.digest, size: 24, path: "/dev/null", manifest: bundle.manifest))
        let push = Push(connector: ScriptedHost("pi1", [looked, failure.result]))
        let error = #expect(throws: DistributionError.self) { try push.run(order) }
        #expect(error?.diagnostic.rendered == failure.text)
        #expect(error?.exitCode == failure.exitCode)
    }

    /// Also where it was pushed before: a run would start it.
    @Test(arguments: ["yes", "no"])
    func `a push for a newer processor than the host's is refused`(present: String) throws {
        let bundle = try Scratch().bundle(slave: "x")
        let looked = CommandResult(
            0,
            Self.head + "processor-features esan3 zarch\nslave /s/slave\npresent \(present)\n")
        var architecture = TargetArchitecture.s390x
        architecture.processor = ["features": ["zarch", "vx"]]
        var order = PushOrder(
            host: "z9", endpoint: .local, architecture: architecture, bundle: bundle)
        let error = #expect(throws: DistributionError.self) {
            try Push(connector: ScriptedHost("z9", [looked])).run(order)
        }
        #expect(
            error?.diagnostic.rendered == """
                error: host 'z9': its processor lacks 'vx', which binaries for s390x-linux-musl need
                  note: 'processor' of the target says so, in the words of /proc/cpuinfo
                  help: name a target for that processor at the host, such as one of your own: \
                Targets/NAME.yaml
                """)
        // An emulator brings a processor of its own.
        order.emulator = ["qemu-s390x-static"]
        if present == "yes" {
            let push = Push(connector: ScriptedHost("z9", [looked]))
            #expect(try push.run(order).result == .alreadyThere)
        }
    }

    @Test func `a push that was cancelled before it began says so`() async throws {
        let bundle = try Scratch().bundle(slave: "x")
        let order = PushOrder(
            host: "pi1", endpoint: .local, architecture: .s390x, bundle: bundle)
        let push = Push(connector: ScriptedHost("pi1", []))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await push.all([order])
        }
        #expect(await task.value == [.failure(.cancelled(host: "pi1"))])
    }
}
