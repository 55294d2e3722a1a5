import RunRecords
import Testing

@testable import Marionette

@Suite struct CrashFoldingTests {
    private static func crash(_ host: String, _ procedure: String = "render") -> Crash {
        Crash(
            host: host, target: "s390x-linux-musl", procedure: procedure,
            operation: OperationPlace(statement: 4), signal: "SIGSEGV")
    }

    private static let text = CrashText(
        cause: "a null pointer was used", place: "worker/scene.c:41",
        lines: ["#0 intersect at worker/scene.c:41", "#1 app_render at worker/app.c:9"])

    @Test func `a crash is printed once, and counted from then on`() {
        var crashes = CrashFolding()
        #expect(
            crashes.lines(of: Self.crash("mainframe"), Self.text) == [
                "mainframe (s390x-linux-musl): 'render' crashed: a null pointer was used (SIGSEGV)",
                "  #0 intersect at worker/scene.c:41", "  #1 app_render at worker/app.c:9",
            ])
        #expect(crashes.summary.isEmpty)
        for host in ["pi1", "mainframe", "pi2"] {
            #expect(crashes.lines(of: Self.crash(host), Self.text).isEmpty)
        }
        #expect(
            crashes.summary == [
                "'render' crashed 4 times at worker/scene.c:41, on mainframe and 2 more hosts"
            ])
    }

    @Test func `another place or operation is another crash`() {
        var crashes = CrashFolding()
        var other = Self.text
        other.place = "worker/scene.c:50"
        #expect(!crashes.lines(of: Self.crash("pi1"), Self.text).isEmpty)
        #expect(!crashes.lines(of: Self.crash("pi1"), other).isEmpty)
        #expect(!crashes.lines(of: Self.crash("pi1", "trace"), Self.text).isEmpty)
        #expect(crashes.summary.isEmpty)
    }

    @Test func `a program that crashes everywhere is not printed for ever`() {
        var crashes = CrashFolding()
        let printed = (0..<100).count { line in
            var text = Self.text
            text.place = "worker/scene.c:\(line)"
            return !crashes.lines(of: Self.crash("pi1"), text).isEmpty
        }
        #expect(printed == CrashFolding.placesMax)
    }
}
