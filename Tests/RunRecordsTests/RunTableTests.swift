import RunRecords
import Testing

/// Four alike hosts, and one of which a worker crashed.
private func sampleRun() -> RunStatistics {
    var statistics = RunStatistics()
    let names = ["pi1", "pi2", "pi3", "pi4", "mainframe"]
    func apply(_ content: RunEvent.Content, _ t: Double) {
        statistics.apply(RunEvent(content, at: t))
    }
    for name in names {
        let isMainframe = name == "mainframe"
        let machine = isMainframe ? "s390x" : "aarch64"
        apply(.host(.init(host: name, target: "\(machine)-linux-musl")), 0)
        apply(
            .hello(
                .init(
                    host: name, workers: isMainframe ? 2 : 4, process: 1, machine: machine,
                    build: "")), 0)
    }
    let crash = RunEvent.WorkerEnd(
        host: "mainframe", worker: 1, process: 2, how: "killed by SIGSEGV",
        executing: .init(procedure: "render"))
    apply(.workerEnded(crash), 3)
    apply(
        .operationRetried(
            .init(host: "mainframe", procedure: "render", attempt: 1, cause: .workerEnded)), 3)
    for name in names {
        let isSlow = name == "mainframe"
        let progress = RunEvent.HostProgress(
            host: name, operations: isSlow ? 402 : 703, busy: isSlow ? 19.8 : 39.2,
            sent: isSlow ? 700_000 : 2_275_000, received: 0)
        apply(.hostProgress(progress), 10)
    }
    apply(.progress(.init(operations: 3214, total: 3600, procedure: "render")), 10)
    return statistics
}

@Test func `the table has a row for hosts that are alike, numbers to the right`() {
    #expect(
        sampleRun().table.joined(separator: "\n") == """
            host       target              workers  operations  busy    sent  retries
            pi[1-4]    aarch64-linux-musl       16       2,812  98 %  9.1 MB        0
            mainframe  s390x-linux-musl          2         402  99 %  700 KB        1
              1 worker crashed: render, killed by SIGSEGV
            """)
}

@Test func `the progress line tells what is done, by whom, how fast and how long still`() {
    let line = sampleRun().progressLine(workers: 18)
    #expect(
        line == "render 3,214/3,600 89 %      about 1.2 s left, 321/s, 5 hosts, 18 workers")
}

@Test func `the rate of each host is told where there are several`() {
    #expect(
        sampleRun().rateLine
            == "pi1 70/s  pi2 70/s  pi3 70/s  pi4 70/s  mainframe 40/s")
}

@Test func `a host that was lost stands alone and says so`() {
    var statistics = sampleRun()
    statistics.apply(RunEvent(.hostLost(.init(host: "pi2", reason: "no route")), at: 11))
    let heads = statistics.table.dropFirst().map { $0.prefix { $0 != " " } }
    #expect(heads == ["pi1", "pi2", "", "pi[3-4]", "mainframe", ""])
    #expect(statistics.table[3] == "  lost once")
}

@Test func `a run without operations has no table`() {
    #expect(RunStatistics().table.isEmpty)
}

@Test func `failed operations are named below the table, by what became of them`() {
    var statistics = RunStatistics()
    func apply(_ content: RunEvent.Content) {
        statistics.apply(RunEvent(content, at: 10))
    }
    func failure(_ kind: RunFailureKind, host: String? = nil) -> RunEvent.Content {
        let end = OperationEnd(place: OperationPlace(statement: 1), sent: 0, ended: 1)
        return .operationFailed(
            .init(kind: kind, procedure: "render", text: "no", host: host, end: end))
    }
    for (kind, count) in [
        (RunFailureKind.failed, 2), (.poisoned, 1), (.deadlinePassed, 3), (.fateUnknown, 1),
    ] {
        for _ in 0..<count { apply(failure(kind)) }
    }
    apply(.host(.init(host: "pi1", target: "aarch64-linux-musl")))
    apply(failure(.failed, host: "pi1"))
    apply(
        .hostProgress(.init(host: "pi1", operations: 1204, busy: 0, sent: 0, received: 0)))
    apply(
        .progress(.init(operations: 1204, failed: 8, total: 3600, procedure: "render")))
    #expect(
        statistics.table.joined(separator: "\n") == """
            host  target              workers  operations  busy  sent  retries
            pi1   aarch64-linux-musl        0       1,204   0 %   0 B        0
              1 operation failed; never reached
            failed: 3 by their own word, 1 killed its workers (marionette crash list), \
            3 passed their deadlines, 1 may have been executed
            """)
    #expect(statistics.closingLine == "1,204 operations in 10 s, 120/s; 8 more failed")
    #expect(
        statistics.progressLine(workers: 4)
            == "render 1,212/3,600 33 %      about 20 s left, 120/s, 8 failed, 0 hosts, 4 workers")
}
