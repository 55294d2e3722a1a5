import Digests
import Foundation
import RunRecords
import TestKit
import Testing

@testable import Marionette

@Suite(.timeLimit(.minutes(20))) struct JournalTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a master that is killed again and again ends with the same results`(seed: UInt64)
        async throws
    {
        var random = SplitMix(state: seed)
        let place = try MasterPlace()
        let journal = place.path("journal")
        let arguments = ["sums", "150", "1", "3"]
        var kills = 0
        var executed = 0
        while true {
            let resume = FileManager.default.fileExists(atPath: journal)
            let master = try place.start(arguments, hosts: 2, journal: journal, resume: resume)
            defer { master.end() }
            // After so many results, the first ones of which come from the journal at once.
            let moment = Int(random.next() % 120)
            let isLast = kills == 6
            if !isLast {
                try master.wait(for: "\(moment) new results") { output in
                    let known = (try? recalled(place)) ?? 0
                    return count(output, of: "result") >= known + moment
                }
                master.signal(SIGKILL)
            }
            let ending = try master.waitForEnd()
            executed += try outcomes(place)["done"] ?? 0
            if ending == .exited(0) {
                #expect(master.output.contains("sum \(sum(count: 150, added: 3))\n"))
                #expect(count(master.output, of: "result") == 300)
                break
            }
            #expect(ending == .signalled(SIGKILL))
            kills += 1
        }
        // What was executed twice had not reached the journal when its master was killed.
        #expect(executed <= 300 + kills * 300)
        let again = try place.start(arguments, journal: journal, resume: true)
        #expect(try again.waitForEnd() == .exited(0))
        #expect(again.output.contains("sum \(sum(count: 150, added: 3))\n"))
        #expect(try outcomes(place) == ["recalled": 300])
        #expect(again.errors.contains("300 operations, 300 of them from the journal in "))
    }

    @Test func `a run that ended well is not executed again, and its journal is closed`()
        async throws
    {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let first = try place.start(["sums", "20", "0", "1"], journal: journal)
        #expect(try first.waitForEnd() == .exited(0))
        let files = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
        #expect(files.sorted() == ["journal", "run1"])
        let again = try place.start(["sums", "20", "0", "1"], journal: journal, resume: true)
        #expect(try again.waitForEnd() == .exited(0))
        #expect(try outcomes(place) == ["recalled": 40])
    }

    @Test func `another argument, position or update is told with the first place that differs`()
        async throws
    {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let first = try place.start(["sums", "5", "0", "1"], journal: journal)
        #expect(try first.waitForEnd() == .exited(0))

        let added = try place.start(["sums", "5", "0", "2"], journal: journal, resume: true)
        #expect(try added.waitForEnd() == .exited(1))
        #expect(
            added.errors.contains(
                """
                error: the program differs from the journal '\(journal)', first at update 1
                  note: recorded: 'add', content \(Digest.of([0, 0, 0, 1]).short)
                  note: came: 'add', content \(Digest.of([0, 0, 0, 2]).short)
                  note: all updates, and the operations of the program's own task, must come in the \
                same order; operations of other tasks may come in any
                  help: resume with the same program and input, or remove the journal
                """), "\(added.errors)")

        let slower = try place.start(["sums", "5", "1", "1"], journal: journal, resume: true)
        #expect(try slower.waitForEnd() == .exited(1))
        #expect(slower.errors.contains("first at operation 1.1\n"), "\(slower.errors)")
        #expect(
            slower.errors.contains("note: recorded: 'square' at position 2, argument "),
            "\(slower.errors)")

        // The journal is as it was: the program of the first run still finds everything.
        let again = try place.start(["sums", "5", "0", "1"], journal: journal, resume: true)
        #expect(try again.waitForEnd() == .exited(0))
        #expect(try outcomes(place) == ["recalled": 10])
    }

    @Test func `a once operation that was sent when the master was killed is never repeated`()
        async throws
    {
        let place = try MasterPlace()
        let (journal, notes) = (place.path("journal"), place.path("notes"))
        let first = try place.start(["notes", notes, "3", "0"], journal: journal)
        #expect(try first.waitForEnd() == .exited(0))
        #expect(try text(notes) == "xxx")

        let recalled = try place.start(["notes", notes, "3", "0"], journal: journal, resume: true)
        #expect(try recalled.waitForEnd() == .exited(0))
        #expect(try text(notes) == "xxx")

        // Killed while the fourth is executed.
        let (other, pages) = (place.path("other"), place.path("pages"))
        let killed = try place.start(["notes", pages, "2", "600000"], journal: other)
        while (try? text(pages)) != "x" { await Task.yield() }
        killed.signal(SIGKILL)
        try killed.waitForEnd()
        for _ in 1...2 {
            let resumed = try place.start(
                ["notes", pages, "2", "600000"], journal: other, resume: true)
            #expect(try resumed.waitForEnd() == .exited(1))
            #expect(
                resumed.errors.contains(
                    """
                    error: host 'h1': operation 'note' may have been executed: the master ended \
                    before the answer was in the journal
                      note: it is declared 'once' and is not repeated
                    """), "\(resumed.errors)")
            #expect(try text(pages) == "x")
        }
    }

    @Test func `a journal is not begun where one is, nor resumed where none is`() async throws {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let missing = try place.start(["sums", "1", "0", "1"], journal: journal, resume: true)
        #expect(try missing.waitForEnd() == .exited(64))
        try Data("text\n".utf8).write(to: URL(fileURLWithPath: journal))
        let there = try place.start(["sums", "1", "0", "1"], journal: journal)
        #expect(try there.waitForEnd() == .exited(64))
        let other = try place.start(["sums", "1", "0", "1"], journal: journal, resume: true)
        #expect(try other.waitForEnd() == .exited(78))
        #expect(
            other.errors.contains("error: the journal '\(journal)' can't be used: "),
            "\(other.errors)")
        #expect(try text(journal) == "text\n")
    }

    @Test func `two runs never share a journal`() async throws {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let first = try place.start(["sums", "2", "600000", "1"], journal: journal)
        defer { first.end() }
        while (try? place.events().contains { $0.kind == .update }) != true { await Task.yield() }
        let second = try place.start(["sums", "2", "0", "1"], journal: journal, resume: true)
        #expect(try second.waitForEnd() == .exited(78))
        #expect(
            second.errors.contains("the journal '\(journal)' can't be used: another run has it"))
    }

    @Test func `a journal of another application or interface is refused`() async throws {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let first = try place.start(["sums", "1", "0", "1"], journal: journal)
        #expect(try first.waitForEnd() == .exited(0))
        let other = try place.start(["sums", "1", "0", "1"], journal: journal, resume: true) {
            $0.application = "tribunal"
        }
        #expect(try other.waitForEnd() == .exited(78))
        #expect(other.errors.contains("can't be used: it is of application 'trial'"))
    }

    @Test func `a journal that can't be begun says why, and what to type`() async throws {
        let place = try MasterPlace()
        let path = place.path("no such/journal")
        let error = await runError {
            try await TrialRun.with(
                journal: RunDescription.Journal(path: path, resume: false)
            ) { _ in }
        }
        #expect(
            error?.diagnostic.rendered == """
                error: the journal '\(path)' can't be begun: there is no directory \
                '\(place.path("no such"))'
                  help: mkdir -p '\(place.path("no such"))'
                """)
    }

    @Test(arguments: [false, true])
    func `a journal that is no file is refused, and nobody is told to remove it`(resume: Bool)
        throws
    {
        let directory = try TemporaryDirectory("journal")
        let pipe = "\(directory.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, directory.path, "/dev/null"] {
            let journal = RunDescription.Journal(path: path, resume: resume)
            let error = #expect(throws: RunError.self) { try journal.check() }
            #expect(
                error?.diagnostic.rendered
                    == "error: the journal '\(path)' can't be used: it is not a regular file")
        }
    }

    /// The order in which tasks come to their operations is another one in each run.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a program whose tasks invoke in any order is resumed, whether it threw or was killed`(
        seed: UInt64
    ) async throws {
        var random = SplitMix(state: seed)
        let place = try MasterPlace()
        let journal = place.path("journal")
        let total = 300
        let squares = (0..<Int64(total)).map { ($0 / 2) * ($0 / 2) }.reduce(0, +)
        // Each square is 1 more; one of 7 follows.
        let sum = squares + Int64(total) + 50
        for round in 0...5 {
            let isLast = round == 5
            let stop = isLast ? 0 : Int.random(in: 1..<total, using: &random)
            let isKilled = !isLast && Bool.random(using: &random)
            let order = String(UInt16.random(in: 1...999, using: &random))
            let master = try place.start(
                ["group", String(total), String(isKilled ? 0 : stop), order], hosts: 2,
                journal: journal, resume: round > 0)
            defer { master.end() }
            if isKilled {
                try master.wait(for: "\(stop) results") { count($0, of: "result") >= stop }
                master.signal(SIGKILL)
            }
            let ending = try master.waitForEnd()
            #expect(!master.errors.contains("the program differs from"), "\(master.errors)")
            if isLast {
                #expect(ending == .exited(0), "seed \(seed): \(master.errors)")
                #expect(master.output.contains("sum \(sum)\n"), "seed \(seed)")
            }
        }
        let again = try place.start(
            ["group", String(total), "0", "1"], journal: journal, resume: true)
        #expect(try again.waitForEnd() == .exited(0), "\(again.errors)")
        #expect(try outcomes(place) == ["recalled": total + 1], "seed \(seed)")
    }

    /// Which of a group's tasks comes first differs, and some read what was modified before.
    @Test(arguments: [UInt64.random(in: 1...999_999), 7])
    func `what was modified before a task group is resumed, whichever task comes first`(
        seed: UInt64
    ) async throws {
        var random = SplitMix(state: seed)
        let place = try MasterPlace()
        let (journal, files) = (place.path("journal"), place.path("table-"))
        let count = 20
        for round in 0...5 {
            let stop = Int.random(in: 1..<count * 8, using: &random)
            let order = String(UInt16.random(in: 1...999, using: &random))
            let master = try place.start(
                ["tables", files, String(count), order], hosts: 2, journal: journal,
                resume: round > 0)
            defer { master.end() }
            if round < 5 {
                try master.wait(for: "\(stop) results") { output in
                    output.split(separator: "\n").count >= stop
                }
                master.signal(SIGKILL)
            }
            let ending = try master.waitForEnd()
            #expect(!master.errors.contains("the program differs from"), "\(master.errors)")
            guard round == 5 else { continue }
            #expect(ending == .exited(0), "seed \(seed): \(master.told)")
            #expect(master.output.contains("all\n"))
            for table in 0..<5 {
                let sizes = (0..<count).map { procFile("\(files)\(table)-\($0)").count }
                #expect(sizes.allSatisfy { $0 <= 1 }, "seed \(seed)")
            }
        }
    }

    @Test
    func `a program that goes another way since an operation is not late any more is resumed`()
        async throws
    {
        let place = try MasterPlace()
        let journal = place.path("journal")
        let file = place.path("file")
        let first = try place.start(["patience", file, "300"], journal: journal)
        #expect(try first.waitForEnd() == .exited(1))
        #expect(first.output.contains("result 49\nresult 64\n"), "\(first.errors)")
        try Data().write(to: URL(fileURLWithPath: file))
        for recalled in [1, 2] {
            let second = try place.start(
                ["patience", file, "600000"], journal: journal, resume: true)
            #expect(try second.waitForEnd() == .exited(0), "\(second.errors)")
            #expect(second.output.contains("result 64\n"))
            #expect(!second.output.contains("result 49\n"))
            #expect(try self.recalled(place) == recalled)
        }
    }

    @Test(arguments: [UInt64.random(in: 1...999_999), 3])
    func `once operations that no worker had when the program threw are executed by the next run`(
        seed: UInt64
    ) async throws {
        var random = SplitMix(state: seed)
        let place = try MasterPlace()
        let journal = place.path("journal")
        let files = place.path("errand-")
        let total = 600
        let (hosts, workers, throwing) = (2, 2, 3)
        for round in 0...throwing {
            let stop = round == throwing ? 0 : Int.random(in: 1..<total / 2, using: &random)
            let master = try place.start(
                ["errands", files, String(total), String(stop)], hosts: hosts, journal: journal,
                resume: round > 0)
            defer { master.end() }
            let ending = try master.waitForEnd()
            guard round == throwing else {
                #expect(ending == .exited(1), "seed \(seed): \(master.told)")
                continue
            }
            #expect(ending == .exited(0), "seed \(seed): \(master.told)")
            #expect(master.output.contains("all\n"))
            let unknown = count(master.output, of: "unknown")
            // What was being executed as the program threw, and nothing else.
            #expect(unknown <= throwing * hosts * workers, "seed \(seed)")
            let sizes = (0..<total).map { procFile("\(files)\($0)").count }
            #expect(sizes.allSatisfy { $0 <= 1 }, "seed \(seed)")
            #expect(sizes.count { $0 == 0 } <= unknown, "seed \(seed)")
        }
    }

    // MARK: -

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    private func count(_ output: String, of word: String) -> Int {
        output.split(separator: "\n").count { $0.hasPrefix(word + " ") }
    }

    /// How the latest run's operations ended, and how many so.
    private func outcomes(_ place: MasterPlace) throws -> [String: Int] {
        try place.events().filter { $0.kind == .operations }.reduce(into: [:]) {
            $0[$1.outcome ?? "", default: 0] += $1.ended?.count ?? 0
        }
    }

    private func recalled(_ place: MasterPlace) throws -> Int {
        try outcomes(place)["recalled"] ?? 0
    }

    /// What TrialMaster's `sums` prints at its end.
    private func sum(count: Int64, added: Int64) -> Int64 {
        let squares = (0..<count).reduce(0) { $0 + $1 * $1 }
        return 2 * squares + count * added + count * 3 * added
    }
}
