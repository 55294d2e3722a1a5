import Foundation
import RunRecords
import Scheduling
import TestKit
import Testing

@testable import Marionette

/// Journals of masters that were killed, and that a disk or a hand has damaged since.
@Suite(.timeLimit(.minutes(20))) struct JournalDamageTests {
    /// What happens to the files of a journal.
    private enum Damage {
        case bit(file: String, at: Int, bit: Int)
        case cut(file: String, at: Int)
        case removed(file: String)

        static func random(
            _ files: [String: Data], _ random: inout SplitMix
        ) -> Damage {
            let names = files.filter { !$0.value.isEmpty }.keys.sorted()
            let file = names[Int.random(in: 0..<names.count, using: &random)]
            let at = Int.random(in: 0..<(files[file] ?? Data()).count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: return .bit(file: file, at: at, bit: Int.random(in: 0..<8, using: &random))
            case 5..<9: return .cut(file: file, at: at)
            default: return file == "journal" ? .cut(file: file, at: 0) : .removed(file: file)
            }
        }

        func applied(to files: [String: Data]) -> [String: Data] {
            var files = files
            switch self {
            case .bit(let file, let at, let bit): files[file]?[at] ^= 1 << bit
            case .cut(let file, let at): files[file] = files[file]?.prefix(at)
            case .removed(let file): files[file] = nil
            }
            return files
        }
    }

    /// `journal`, and `journal-wal` where it is.
    private static func files(in directory: URL) throws -> [String: Data] {
        try ["journal", "journal-wal"].reduce(into: [:]) { files, name in
            let file = directory.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file.path) {
                files[name] = try Data(contentsOf: file)
            }
        }
    }

    private static func write(_ files: [String: Data], to directory: URL) throws {
        for name in ["journal", "journal-wal", "journal-shm", "journal-journal"] {
            try? FileManager.default.removeItem(at: directory.appendingPathComponent(name))
        }
        for (name, data) in files { try data.write(to: directory.appendingPathComponent(name)) }
    }

    // MARK: The file

    private static func signature(_ index: Int) -> JournalSignature {
        JournalSignature(
            procedure: index % 4 == 0 ? "note" : "square", position: Position(index / 20),
            digest: Array(repeating: UInt8(index), count: 32))
    }

    private static func place(_ index: Int) -> OperationPlace {
        OperationPlace(statement: UInt64(index + 1))
    }

    private static func result(_ index: Int) -> [UInt8] {
        Array(repeating: UInt8(index), count: index * 7 % 200)
    }

    private static let count = 100

    private static func open(_ directory: URL, resume: Bool) throws(RunError) -> JournalFile {
        try JournalFile(
            path: directory.appendingPathComponent("journal").path, application: "trial",
            interfaceHash: "0123", resume: resume)
    }

    private static func history(_ position: Position, after earlier: JournalSeal) -> JournalSeal {
        var fields = JournalFields("update")
        fields.add(Int64(position))
        return earlier.followed(by: fields)
    }

    /// As a master would have written it that was killed then; every fourth operation is a `once`
    /// one, and the last of them have no ending.
    private static func killed(in directory: URL) throws -> [String: Data] {
        let file = try open(directory, resume: false)
        var history = JournalSeal.beginning
        for index in 0..<count {
            let isOnce = index % 4 == 0
            var note: Int64 = 0
            if index % 20 == 0, index > 0 {
                let position = Position(index / 20)
                history = Self.history(position, after: history)
                try file.transaction(durably: false) { () throws(RunError) in
                    try file.add(
                        update: position, name: "add", digest: .of("\(position)"), history: history)
                }
            }
            if isOnce {
                try file.transaction(durably: true) { () throws(RunError) in
                    note = try file.add(
                        JournalIntent(
                            place: place(index), signature: signature(index), isOrdered: true,
                            host: "h1"))
                }
            }
            if isOnce, index > 90 { continue }
            try file.transaction(durably: false) { () throws(RunError) in
                try file.put(
                    JournalRow(
                        place: place(index), signature: signature(index), isOrdered: true,
                        host: "h1", note: note, ending: .result(result(index))))
            }
        }
        return try files(in: directory)
    }

    /// Throws where the journal refuses.
    private static func read(_ directory: URL) throws(RunError) -> (known: Int, isRight: Bool) {
        let file = try open(directory, resume: true)
        var index = try file.index()
        var history = JournalSeal.beginning
        var known = 0
        var isRight = true
        for number in 0..<count {
            if number % 20 == 0, number > 0 {
                // As a run does that makes the same update again.
                let position = Position(number / 20)
                history = Self.history(position, after: history)
                if let row = try file.update(position) {
                    // As the journal's thread compares them: a row that differs ends the run.
                    guard row.history == history.bytes, row.name == "add" else {
                        throw .journalDamaged(path: "journal", place: "revision")
                    }
                } else {
                    try file.add(
                        update: position, name: "add", digest: .of("\(position)"), history: history)
                }
            }
            let claim = index.claim(
                place(number), signature(number), isOnce: number % 4 == 0, isOrdered: true)
            let row: JournalRow?
            switch claim {
            case .found(.operation(let operation)): row = try file.operation(operation)
            case .found(.note(let note)):
                row = try file.ending(ofNote: note)
                // Executed, or not: but never sent again.
                known += 1
            case .differs(.operation(let operation)):
                // Its row is asked what it was, and is found to be damaged.
                _ = try file.operation(operation)
                return (known, false)
            case .differs: return (known, false)
            case .unknown:
                isRight = isRight && number % 4 != 0
                continue
            }
            guard let row else { continue }
            guard case .result(let bytes) = row.ending else { return (known, false) }
            isRight = isRight && row.signature == signature(number) && bytes == result(number)
        }
        return (known, isRight)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `a damaged journal gives no wrong result and forgets no once operation, or is refused`(
        seed: UInt64
    ) throws {
        let place = try MasterPlace()
        let files = try Self.killed(in: place.directory)
        #expect(files.count == 2)
        try Self.write(files, to: place.directory)
        let whole = try Self.read(place.directory)
        #expect(whole.known == Self.count / 4 && whole.isRight)
        var random = SplitMix(state: seed)
        var refused = 0
        for round in 1...250 {
            let damage = Damage.random(files, &random)
            try Self.write(damage.applied(to: files), to: place.directory)
            do throws(RunError) {
                let read = try Self.read(place.directory)
                #expect(
                    read.known == Self.count / 4 && read.isRight,
                    "seed \(seed), round \(round): \(damage)")
            } catch {
                refused += 1
                switch error {
                case .journalDamaged, .journalUnusable: break
                default:
                    Issue.record("seed \(seed), round \(round): \(damage): \(error)")
                }
            }
        }
        #expect(refused > 20)
    }

    @Test func `a journal that is cut or has lost a row says so, and what to do`() throws {
        let place = try MasterPlace()
        let files = try Self.killed(in: place.directory)
        let path = place.path("journal")
        let whole = try #require(files["journal"])
        try Self.write(["journal": whole.prefix(whole.count / 2)], to: place.directory)
        do throws(RunError) {
            _ = try Self.read(place.directory)
            Issue.record("it was read")
        } catch {
            #expect(
                error.diagnostic.rendered == """
                    error: the journal '\(path)' is damaged: database disk image is malformed
                      note: it was not used: no result is wrong, and nothing was repeated
                      note: beginning again executes all operations, also those that are declared 'once'
                      help: put a copy of it back, or remove it with '\(path)-wal' and begin again
                    """)
        }
    }

    // MARK: Masters

    @Test(arguments: [1, 2] as [UInt64])
    func `a master that resumes from a damaged journal repeats no once operation`(
        seed: UInt64
    ) async throws {
        var random = SplitMix(state: seed)
        let place = try MasterPlace()
        let (journal, notes) = (place.path("journal"), place.path("notes"))
        let count = 30
        let killed = try place.start(["mixed", notes, String(count)], journal: journal)
        let moment = Int.random(in: 5..<(count - 5), using: &random)
        try killed.wait(for: "\(moment) results") { output in
            output.split(separator: "\n").count { $0.hasPrefix("result ") } >= moment
        }
        killed.signal(SIGKILL)
        try killed.waitForEnd()
        let files = try Self.files(in: place.directory)
        let written = try Data(contentsOf: URL(fileURLWithPath: notes))
        let squares = (0..<Int64(count)).reduce(0) { $0 + $1 * $1 }
        // `add` adds to each square what it was given before.
        let added = (0..<Int64(count)).reduce(0) { sum, index in
            sum + stride(from: 0, through: index, by: 5).reduce(0, +)
        }
        for round in 1...8 {
            let damage = Damage.random(files, &random)
            try Self.write(damage.applied(to: files), to: place.directory)
            try written.write(to: URL(fileURLWithPath: notes))
            let master = try place.start(
                ["mixed", notes, String(count)], journal: journal, resume: true)
            defer { master.end() }
            let ending = try master.waitForEnd()
            let done = try Data(contentsOf: URL(fileURLWithPath: notes)).count
            let said = "seed \(seed), round \(round): \(damage): \(master.errors)"
            #expect(done <= count, "\(said)")
            if ending == .exited(0) {
                let isUnknown = master.output.contains("unknown")
                #expect(done == count || isUnknown && done == count - 1, "\(said)")
                #expect(master.output.contains("sum \(squares + added)\n"), "\(said)")
            } else {
                #expect(
                    master.errors.contains("the journal '\(journal)' is damaged: ")
                        || master.errors.contains("the journal '\(journal)' can't be used: ")
                        || master.errors.contains("the program differs from the journal"),
                    "\(said)")
            }
        }
    }
}
