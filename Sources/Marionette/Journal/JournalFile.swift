import Driving
import CLibSQLite
import Digests
import Glibc
import RunRecords
import Scheduling

/// The results of a run's finished operations, in an SQLite file.
///
/// It holds the application and its interface, the digest of each update, and for each operation
/// that ended well its place, procedure, position, the digest of its argument, and its result; a
/// `once` operation's own failure, too. Each of these rows is sealed. Of `once` operations it holds,
/// in a chain, that they are about to be sent.
///
/// Belongs to one thread at a time.
final class JournalFile {
    /// "MrJn", in the header of the file.
    private static let applicationID = 0x4d72_4a6e
    private static let format = 2

    private let path: String
    private let database: SQLiteDatabase
    private let insertUpdate: SQLiteStatement
    private let findUpdate: SQLiteStatement
    private let insertOperation: SQLiteStatement
    private let findOperation: SQLiteStatement
    private let findEnding: SQLiteStatement
    private let insertNote: SQLiteStatement
    private let countNotes: SQLiteStatement
    private let findNote: SQLiteStatement
    private static let operations = """
        SELECT number, note, place, procedure, position, digest, ordered, host, ending, content, seal
        FROM operation WHERE 
        """

    /// Of the notes that are in the file.
    private var notes: (count: Int64, seal: JournalSeal) = (0, .beginning)
    /// The latest history that was asked for.
    private var known: (position: Position, history: JournalSeal) = (0, .beginning)

    /// - Parameter resume: it is there; else it is made.
    /// - Throws: `journalUnusable`, `journalDamaged`, `journalUnwritable`, `journalNotBegun`.
    init(
        path: String, application: String, interfaceHash: String, resume: Bool
    ) throws(RunError) {
        self.path = path
        if !resume { try Self.make(path, application, interfaceHash) }
        do throws(SQLiteError) {
            database = try SQLiteDatabase(path: path)
            // Nobody else may write it, or read half of it, while the run goes on.
            try database.execute("PRAGMA locking_mode = EXCLUSIVE")
            try Self.checkHeader(database)
            try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
            try Self.checkRun(database, "application", application)
            try Self.checkRun(database, "interface", interfaceHash)
            insertUpdate = try database.prepare(
                "INSERT INTO revision (position, name, digest, history) VALUES (?, ?, ?, ?)")
            findUpdate = try database.prepare(
                "SELECT name, digest, history FROM revision WHERE position = ?")
            insertOperation = try database.prepare(
                """
                INSERT INTO operation
                (note, place, procedure, position, digest, ordered, host, ending, content, seal)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            findOperation = try database.prepare(Self.operations + "number = ?")
            findEnding = try database.prepare(Self.operations + "note = ? AND note > 0")
            insertNote = try database.prepare(
                """
                INSERT INTO note (number, place, procedure, position, digest, ordered, host, seal)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
            countNotes = try database.prepare("UPDATE run SET value = ? WHERE name = 'notes'")
            findNote = try database.prepare(
                "SELECT procedure, position, digest, host FROM note WHERE number = ?")
        } catch {
            throw Self.runError(error, path)
        }
    }

    // MARK: Beginning

    /// Under its name there is a whole journal, or none: an empty one is one that was cut.
    private static func make(
        _ path: String, _ application: String, _ interfaceHash: String
    ) throws(RunError) {
        let temporary = path + ".new"
        unlink(temporary)
        unlink(temporary + "-journal")
        // Results are the user's alone; SQLite itself would let everyone read them.
        let file = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw RunDescription.Journal.notBegun(path) }
        close(file)
        do throws(SQLiteError) {
            let database = try SQLiteDatabase(path: temporary)
            try database.execute(
                """
                PRAGMA synchronous = FULL;
                BEGIN IMMEDIATE;
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(format);
                CREATE TABLE run (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)
                    WITHOUT ROWID;
                CREATE TABLE revision (
                    position INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL,
                    history BLOB NOT NULL);
                CREATE TABLE operation (
                    number INTEGER PRIMARY KEY, note INTEGER NOT NULL, place INTEGER NOT NULL,
                    procedure TEXT NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL,
                    ordered INTEGER NOT NULL, host TEXT NOT NULL, ending INTEGER NOT NULL,
                    content BLOB NOT NULL, seal BLOB NOT NULL);
                CREATE INDEX ending ON operation (note) WHERE note > 0;
                CREATE TABLE note (
                    number INTEGER PRIMARY KEY, place INTEGER NOT NULL,
                    procedure TEXT NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL,
                    ordered INTEGER NOT NULL, host TEXT NOT NULL, seal BLOB NOT NULL);
                """)
            let insert = try database.prepare("INSERT INTO run (name, value) VALUES (?, ?)")
            for (name, value) in [
                ("application", application), ("interface", interfaceHash),
                ("notes", head(0, .beginning)),
            ] {
                try insert.bind(1, name)
                try insert.bind(2, value)
                try insert.run()
            }
            try database.execute("COMMIT")
        } catch {
            unlink(temporary)
            unlink(temporary + "-journal")
            throw .journalNotBegun(
                path: path, reason: error.reason, remedy: RunDescription.Journal.remedy(path))
        }
        guard rename(temporary, path) == 0, syncDirectory(of: path) else {
            throw RunDescription.Journal.notBegun(path)
        }
    }

    /// The name shall be there after a loss of power as well.
    private static func syncDirectory(of path: String) -> Bool {
        let file = open(
            RunDescription.Journal.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        // Some file systems have nothing to sync there, and say so.
        return fsync(file) == 0 || errno == EINVAL
    }

    // MARK: Checks

    /// A file that is no journal is left as it is.
    private static func checkHeader(_ database: SQLiteDatabase) throws(SQLiteError) {
        let tables = try database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'")
        guard let tables, tables > 0 else {
            throw SQLiteError(code: SQLITE_CORRUPT, reason: "it is empty")
        }
        guard try database.number("PRAGMA application_id") == Int64(applicationID) else {
            throw SQLiteError(code: SQLITE_NOTADB, reason: "it is no journal")
        }
        let version = try database.number("PRAGMA user_version") ?? 0
        guard version == format else {
            throw SQLiteError(
                code: SQLITE_NOTADB,
                reason: "it is of format \(version), this version writes \(format)")
        }
    }

    private static func value(
        _ database: SQLiteDatabase, _ name: String
    ) throws(SQLiteError) -> String {
        let find = try database.prepare("SELECT value FROM run WHERE name = ?")
        try find.bind(1, name)
        guard try find.step() else {
            throw SQLiteError(code: SQLITE_CORRUPT, reason: "row '\(name)' of 'run' is missing")
        }
        return try find.text(0)
    }

    private static func checkRun(
        _ database: SQLiteDatabase, _ name: String, _ value: String
    ) throws(SQLiteError) {
        let recorded = try self.value(database, name)
        guard recorded == value else {
            let reason =
                name == "application"
                ? "it is of application '\(recorded)'" : "it is of another interface"
            throw SQLiteError(code: SQLITE_NOTADB, reason: reason)
        }
    }

    private static func runError(_ error: SQLiteError, _ path: String) -> RunError {
        if error.isBusy {
            return .journalUnusable(path: path, reason: "another run has it")
        }
        if error.isOfSystem { return .journalUnwritable(path: path, reason: error.reason) }
        return error.code & 0xff == SQLITE_NOTADB
            ? .journalUnusable(path: path, reason: error.reason)
            : .journalDamaged(path: path, place: error.reason)
    }

    private func using<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(RunError) -> Value {
        do { return try body() } catch {
            guard !error.isOfSystem, !error.isBusy else {
                throw .journalUnwritable(path: path, reason: error.reason)
            }
            throw .journalDamaged(path: path, place: error.reason)
        }
    }

    private func damaged(_ place: String) -> RunError { .journalDamaged(path: path, place: place) }

    // MARK: Batches

    /// - Parameter durably: in the file itself and on the disk when it returns: also if the machine
    ///   loses its power then, or the write-ahead log is lost.
    func transaction(durably: Bool, _ body: () throws(RunError) -> Void) throws(RunError) {
        try using { () throws(SQLiteError) in
            try database.execute("PRAGMA synchronous = \(durably ? "FULL" : "NORMAL")")
            try database.execute("BEGIN IMMEDIATE")
        }
        do throws(RunError) {
            try body()
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
        try using { () throws(SQLiteError) in
            try database.execute("COMMIT")
            guard durably else { return }
            guard try database.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0 else {
                throw SQLiteError(code: SQLITE_BUSY, reason: "its log can't be carried over")
            }
        }
    }

    // MARK: What is there at the start

    /// The operations that it has something on. All notes are read, and checked.
    func index() throws(RunError) -> JournalIndex {
        var index = JournalIndex()
        let withdrawn = try withdrawnNotes()
        let (recorded, last) = try using { () throws(SQLiteError) in
            (try Self.value(database, "notes"), try readNotes(into: &index, but: withdrawn))
        }
        guard recorded == Self.head(notes.count, notes.seal) else {
            throw damaged(last ?? "'note' does not have the rows that 'run' has counted")
        }
        try using { () throws(SQLiteError) in
            let all = try database.prepare(
                """
                SELECT number, place, procedure, position, digest, ordered FROM operation
                WHERE note = 0
                """)
            while try all.step() {
                index.add(
                    .operation(try all.number(0)), OperationPlace(key: try all.number(1)),
                    try Self.signature(all, 2), isOrdered: try all.number(5) != 0)
            }
        }
        return index
    }

    /// Of operations that no worker had. Each is checked: what it says is believed before the updates
    /// come.
    private func withdrawnNotes() throws(RunError) -> Set<Int64> {
        var numbers: Set<Int64> = []
        try using { () throws(SQLiteError) in
            let all = try database.prepare(
                "SELECT note FROM operation WHERE note > 0 AND ending = 3")
            while try all.step() { numbers.insert(try all.number(0)) }
        }
        for number in numbers { _ = try ending(ofNote: number) }
        return numbers
    }

    /// Returns the first row that does not continue the chain.
    private func readNotes(
        into index: inout JournalIndex, but withdrawn: Set<Int64>
    ) throws(SQLiteError) -> String? {
        let all = try database.prepare(
            """
            SELECT number, place, procedure, position, digest, ordered, host, seal
            FROM note ORDER BY number
            """)
        while try all.step() {
            let intent = JournalIntent(
                place: OperationPlace(key: try all.number(1)),
                signature: try Self.signature(all, 2),
                isOrdered: try all.number(5) != 0, host: try all.text(6))
            let seal = intent.seal(after: notes.seal)
            guard try all.number(0) == notes.count + 1, try all.bytes(7) == seal.bytes else {
                return "row \(notes.count + 1) of 'note'"
            }
            notes = (notes.count + 1, seal)
            guard !withdrawn.contains(notes.count) else { continue }
            index.add(
                .note(notes.count), intent.place, intent.signature, isOrdered: intent.isOrdered)
        }
        return nil
    }

    private static func head(_ count: Int64, _ seal: JournalSeal) -> String {
        "\(count) " + seal.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// In three columns.
    private static func signature(
        _ row: SQLiteStatement, _ column: Int32
    ) throws(SQLiteError) -> JournalSignature {
        let position = try row.number(column + 1)
        guard position >= 0 else {
            throw SQLiteError(code: SQLITE_CORRUPT, reason: "a position is below 0")
        }
        return JournalSignature(
            procedure: try row.text(column), position: Position(position),
            digest: try row.bytes(column + 2))
    }

    // MARK: Updates

    func update(
        _ position: Position
    ) throws(RunError) -> (name: String, digest: [UInt8], history: [UInt8])? {
        try using { () throws(SQLiteError) in
            defer { findUpdate.reset() }
            try findUpdate.bind(1, Int64(position))
            guard try findUpdate.step() else { return nil }
            return (
                try findUpdate.text(0), try findUpdate.bytes(1), try findUpdate.bytes(2)
            )
        }
    }

    func add(
        update position: Position, name: String, digest: Digest, history: JournalSeal
    ) throws(RunError) {
        try using { () throws(SQLiteError) in
            try insertUpdate.bind(1, Int64(position))
            try insertUpdate.bind(2, name)
            try insertUpdate.bind(3, digest.bytes)
            try insertUpdate.bind(4, history.bytes)
            try insertUpdate.run()
        }
    }

    /// Of the updates up to a position that this run has reached: each was compared with its row, or
    /// written.
    func history(at position: Position) throws(RunError) -> JournalSeal {
        if position == known.position { return known.history }
        guard position > 0 else { return .beginning }
        guard let row = try update(position), let history = JournalSeal(row.history) else {
            throw damaged("row \(position) of 'revision'")
        }
        known = (position, history)
        return history
    }

    // MARK: Operations

    func operation(_ number: Int64) throws(RunError) -> JournalRow {
        guard let row = try row(findOperation, number) else {
            throw damaged("row \(number) of 'operation' is missing")
        }
        return row
    }

    /// Of a `once` operation.
    func ending(ofNote number: Int64) throws(RunError) -> JournalRow? {
        try row(findEnding, number)
    }

    private func row(_ find: SQLiteStatement, _ key: Int64) throws(RunError) -> JournalRow? {
        var number: Int64 = 0
        var seal: [UInt8] = []
        let row: JournalRow? = try using { () throws(SQLiteError) in
            defer { find.reset() }
            try find.bind(1, key)
            guard try find.step() else { return nil }
            number = try find.number(0)
            let content = try find.bytes(9)
            seal = try find.bytes(10)
            return JournalRow(
                place: OperationPlace(key: try find.number(2)),
                signature: try Self.signature(find, 3), isOrdered: try find.number(6) != 0,
                host: try find.text(7), note: try find.number(1),
                ending: try Self.ending(find.number(8), content))
        }
        guard let row else { return nil }
        let history = try history(at: row.signature.position)
        guard row.seal(after: history).bytes == seal else {
            throw damaged("row \(number) of 'operation' (operation \(row.place))")
        }
        return row
    }

    private static func ending(
        _ number: Int64, _ content: [UInt8]
    ) throws(SQLiteError) -> JournalRow.Ending {
        switch number {
        case 1: .result(content)
        case 2: .failure(String(decoding: content, as: UTF8.self))
        case 3: .withdrawn
        default: throw SQLiteError(code: SQLITE_CORRUPT, reason: "there is no ending \(number)")
        }
    }

    func put(_ row: JournalRow) throws(RunError) {
        let seal = row.seal(after: try history(at: row.signature.position))
        try using { () throws(SQLiteError) in
            try insertOperation.bind(1, row.note)
            try insertOperation.bind(2, row.place.key)
            try insertOperation.bind(3, row.signature.procedure)
            try insertOperation.bind(4, Int64(row.signature.position))
            try insertOperation.bind(5, row.signature.digest)
            try insertOperation.bind(6, row.isOrdered ? 1 : 0)
            try insertOperation.bind(7, row.host)
            switch row.ending {
            case .result(let bytes):
                try insertOperation.bind(8, 1)
                try insertOperation.bind(9, bytes)
            case .failure(let text):
                try insertOperation.bind(8, 2)
                try insertOperation.bind(9, Array(text.utf8))
            case .withdrawn:
                try insertOperation.bind(8, 3)
                try insertOperation.bind(9, [UInt8]())
            }
            try insertOperation.bind(10, seal.bytes)
            try insertOperation.run()
        }
    }

    /// What is known of a `once` operation that has no ending.
    func note(_ number: Int64) throws(RunError) -> (signature: JournalSignature, host: String) {
        try using { () throws(SQLiteError) in
            defer { findNote.reset() }
            try findNote.bind(1, number)
            guard try findNote.step() else {
                throw SQLiteError(
                    code: SQLITE_CORRUPT, reason: "row \(number) of 'note' is missing")
            }
            return (try Self.signature(findNote, 0), try findNote.text(3))
        }
    }

    /// To be written durably, before the operation is sent. Returns its number.
    func add(_ intent: JournalIntent) throws(RunError) -> Int64 {
        let seal = intent.seal(after: notes.seal)
        let count = notes.count + 1
        try using { () throws(SQLiteError) in
            try insertNote.bind(1, count)
            try insertNote.bind(2, intent.place.key)
            try insertNote.bind(3, intent.signature.procedure)
            try insertNote.bind(4, Int64(intent.signature.position))
            try insertNote.bind(5, intent.signature.digest)
            try insertNote.bind(6, intent.isOrdered ? 1 : 0)
            try insertNote.bind(7, intent.host)
            try insertNote.bind(8, seal.bytes)
            try insertNote.run()
            try countNotes.bind(1, Self.head(count, seal))
            try countNotes.run()
        }
        notes = (count, seal)
        return count
    }
}
