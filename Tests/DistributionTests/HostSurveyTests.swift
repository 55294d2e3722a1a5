import Diagnostics
import Distribution
import TestKit
import Testing
import Transport

@Suite struct HostSurveyTests {
    private func question(
        _ host: String, endpoint: Endpoint = .local, isEmulated: Bool = false
    ) -> HostSurvey.Question {
        HostSurvey.Question(
            host: host, endpoint: endpoint, architecture: .s390x, isEmulated: isEmulated)
    }

    private let mainframe = HostFacts(
        machine: "s390x", system: "Linux", isBigEndian: true, wordBits: 64, cores: 2,
        memory: 3 << 29)
    private let desktop = HostFacts(
        machine: "x86_64", system: "Linux", isBigEndian: false, wordBits: 64, cores: 16,
        memory: 128 << 30)

    private var reports: [HostReport] {
        [
            HostReport(question: question("mainframe"), result: .success(mainframe)),
            HostReport(
                question: question("a-host-with-a-very-long-name.example"),
                result: .success(HostFacts(machine: "s390x", system: "Linux"))),
            HostReport(
                question: question("desktop", isEmulated: true), result: .success(desktop)),
            HostReport(question: question("other"), result: .success(desktop)),
            HostReport(
                question: question("far"),
                result: .failure(.transport(.unreachable(host: "far", reason: "no route")))),
        ]
    }

    @Test func `the table is exactly this`() {
        let text = HostTable(reports).text
        #expect(
            text == """
                host                target            machine  words      cores  memory
                mainframe           s390x-linux-musl  s390x    64 big         2  1.5 GB
                a-host-with-a-ver…  s390x-linux-musl  s390x    ?              ?       ?
                desktop             s390x-linux-musl  x86_64*  64 little     16  128 GB
                other               s390x-linux-musl  x86_64   64 little     16  128 GB
                far                 s390x-linux-musl  unreachable
                * runs its target in an emulator

                """)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func `a host out of reach counts before one that disagrees`() {
        #expect(reports.exitCode == .unreachable)
        #expect(Array(reports.prefix(4)).exitCode == .configuration)
        #expect(Array(reports.prefix(3)).exitCode == .done)
    }

    @Test func `a host that is not what it is declared to be is told`() {
        #expect(
            reports[3].error?.diagnostic.rendered == """
                error: host 'other': declared target s390x-linux-musl is not the host's: \
                uname -m says x86_64
                  help: name the host's own target in marionette.yaml, one of 'marionette targets'
                """)
        #expect(reports[3].state == "disagrees")
        #expect(
            reports[4].diagnostic?.rendered == "error: host 'far' is unreachable: no route",
            "the survey does not advise itself")
        #expect(reports[2].error == nil)
    }

    @Test func `hosts are asked over SSH, and reported in order`() async throws {
        let server = try TestSSHServer()
        let destination = SSHDestination(
            host: server.alias, configuration: server.configuration)
        var unknown = destination
        unknown.port = 1
        let found = await HostSurvey().ask([
            question("one", endpoint: .ssh(destination), isEmulated: true),
            question("two", endpoint: .ssh(unknown)),
            question("three", endpoint: .local, isEmulated: true),
        ])
        #expect(found.map(\.state) == ["ready", "unreachable", "ready"])
        #expect(found.map(\.isKeyKnown) == [true, nil, nil])
        #expect(found[0].facts == found[2].facts)
    }
}
