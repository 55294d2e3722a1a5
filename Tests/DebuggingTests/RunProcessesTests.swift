import RunRecords
import Testing

@testable import Debugging

@Suite struct RunProcessesTests {
    private static let log = """
        {"application":"raytracer","clock":1,"event":"start","serial":false,"t":0}
        {"event":"host","host":"xeon","t":0,"target":"x86_64-linux-musl"}
        {"event":"hello","host":"xeon","machine":"x86_64","process":10,"t":0.1,"text":"3f","workers":2}
        {"event":"worker-started","host":"xeon","position":0,"process":12,"t":0.2,"worker":1}
        {"event":"worker-started","host":"xeon","position":0,"process":13,"t":0.2,"worker":2}
        {"event":"worker-ended","host":"xeon","process":12,"t":0.3,"text":"SIGKILL","worker":1}
        {"event":"hello","host":"pi64","machine":"aarch64","process":7,"t":0.3,"text":"3f","workers":2}
        {"event":"host-lost","host":"pi64","t":0.4,"text":"no route"}
        {"event":"something of a later version","t":0.5}
        {"event":"worker-started","host":"xe
        """

    private let processes = RunProcesses(log: EventLogReader(log.utf8))
    private let known = ["xeon", "pi64", "mainframe"]

    private func find(_ text: String) throws -> (slave: Int32, who: String) {
        try processes.find(WorkerSelection(text), known: known)
    }

    private func refusal(_ text: String) throws -> DebuggingError? {
        #expect(throws: DebuggingError.self) { try find(text) }
        do { _ = try find(text) } catch { return error as? DebuggingError }
        return nil
    }

    @Test func `what is meant is of the host's slave, whether or not it has a process now`() throws
    {
        #expect(try find("xeon") == (10, "its worker"))
        #expect(try find("xeon:1") == (10, "worker 1"))
        #expect(try find("xeon:slave") == (10, "its slave"))
    }

    @Test func `a number that no worker has is told with those that there are`() throws {
        #expect(
            try refusal("xeon:2")?.diagnostic.rendered == """
                error: host 'xeon' has no worker 2
                  note: workers: 0 to 1
                  help: marionette debug xeon takes one that executes
                """)
    }

    @Test func `a worker that took the number of another is not ended with it`() {
        var processes = self.processes
        processes = RunProcesses(
            log: EventLogReader(
                (Self.log + "\n" + """
                    {"event":"worker-started","host":"xeon","position":0,"process":20,"t":1,"worker":1}
                    {"event":"worker-ended","host":"xeon","process":12,"t":1,"text":"","worker":1}
                    """).utf8))
        #expect(processes.hosts["xeon"]?.workers[1] == 20)
    }

    @Test func `a misspelt host gets the one that was meant`() throws {
        #expect(
            try refusal("xoen")?.diagnostic.rendered == """
                error: the run has no host 'xoen'
                  note: hosts: xeon, pi64, mainframe
                  help: did you mean 'xeon'?
                """)
    }

    @Test func `a host that was lost is told with the reason`() throws {
        #expect(
            try refusal("pi64")?.diagnostic.rendered == """
                error: host 'pi64' takes no part in the run at this time: no route
                  help: marionette hosts add pi64 lets it join if it has left
                """)
        #expect(try refusal("mainframe") == .hostAbsent(host: "mainframe", reason: nil))
    }

    @Test(arguments: ["", ":3", "xeon:", "xeon:three", "xeon:-1"])
    func `what names no worker is refused as usage`(text: String) {
        #expect(throws: DebuggingError.badSelection(text: text)) { try WorkerSelection(text) }
        #expect(DebuggingError.badSelection(text: text).exitCode == .usage)
    }

    @Test func `names of hosts may hold colons`() throws {
        #expect(try WorkerSelection("[::1]:2") == WorkerSelection(host: "[::1]", part: .worker(2)))
    }
}
