import CLibSQLite
import Digests
import Glibc
import Scheduling

/// The results of a run's finished operations, in an SQLite file.
///
/// It holds the application and its interface, the digest of each update, and for each operation
/// that ended well its place, procedure, position, the digest of its argument, and its result. Of a
/// `once` operation it holds that it is about to be sent, too, and its own failure.
///
/// Belongs to one thread at a time.
final class JournalFile {
    /// "MrJn", in the header of the file.
    private static let applicationID = 0x4d72_4a6e
    private static let format = 1

    private let path: String
    private let database: SQLiteDatabase
    private let insertUpdate: SQLiteStatement
    private let findUpdate: SQLiteStatement
    private let insertOperation: SQLiteStatement
    private let findOperation: SQLiteStatement

    /// - Throws: `journalUnusable`, `journalUnwritable`.
    init(
        path: String, application: String, interfaceHash: String
    ) throws(RunError) {
        self.path = path
        // Results are the user's alone; SQLite itself would let everyone read them.
        close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600))
        do throws(SQLiteError) {
            database = try SQLiteDatabase(path: path)
            // Nobody else may write it, or read half of it, while the run goes on.
            try database.execute("PRAGMA locking_mode = EXCLUSIVE")
            try Self.checkHeader(database)
            try database.execute(
                """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                BEGIN IMMEDIATE;
                PRAGMA application_id = \(Self.applicationID);
                PRAGMA user_version = \(Self.format);
                CREATE TABLE IF NOT EXISTS run (
                    name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS revision (
                    position INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL);
                CREATE TABLE IF NOT EXISTS operation (
                    place INTEGER PRIMARY KEY, procedure TEXT NOT NULL, position INTEGER NOT NULL,
                    digest BLOB NOT NULL, host TEXT NOT NULL, result BLOB, failure TEXT);
                """)
            try Self.checkRun(database, "application", application)
            try Self.checkRun(database, "interface", interfaceHash)
            try database.execute("COMMIT")
            insertUpdate = try database.prepare(
                "INSERT INTO revision (position, name, digest) VALUES (?, ?, ?)")
            findUpdate = try database.prepare(
                "SELECT name, digest FROM revision WHERE position = ?")
            insertOperation = try database.prepare(
                """
                INSERT OR REPLACE INTO operation
                (place, procedure, position, digest, host, result, failure)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """)
            findOperation = try database.prepare(
                """
                SELECT procedure, position, digest, host, result, failure
                FROM operation WHERE place = ?
                """)
        } catch {
            throw Self.openingError(error, path)
        }
    }

    /// A file that is no journal is left as it is.
    private static func checkHeader(_ database: SQLiteDatabase) throws(SQLiteError) {
        let tables = try database.number("SELECT count(*) FROM sqlite_schema") ?? 0
        let identity = try database.number("PRAGMA application_id") ?? 0
        let version = try database.number("PRAGMA user_version") ?? 0
        guard tables > 0 else { return }
        guard identity == applicationID else {
            throw SQLiteError(code: SQLITE_NOTADB, reason: "it is no journal")
        }
        guard version == format else {
            throw SQLiteError(
                code: SQLITE_NOTADB,
                reason: "it is of format \(version), this version writes \(format)")
        }
    }

    private static func checkRun(
        _ database: SQLiteDatabase, _ name: String, _ value: String
    ) throws(SQLiteError) {
        let find = try database.prepare("SELECT value FROM run WHERE name = ?")
        find.bind(1, name)
        if try find.step() {
            let recorded = find.text(0) ?? ""
            guard recorded == value else {
                let reason =
                    name == "application"
                    ? "it is of application '\(recorded)'" : "it is of another interface"
                throw SQLiteError(code: SQLITE_NOTADB, reason: reason)
            }
            return
        }
        let insert = try database.prepare("INSERT INTO run (name, value) VALUES (?, ?)")
        insert.bind(1, name)
        insert.bind(2, value)
        try insert.run()
    }

    private static func openingError(_ error: SQLiteError, _ path: String) -> RunError {
        if error.isBusy {
            return .journalUnusable(path: path, reason: "another run has it")
        }
        switch error.code & 0xff {
        case SQLITE_NOTADB, SQLITE_CORRUPT:
            return .journalUnusable(path: path, reason: error.reason)
        default: return .journalUnwritable(path: path, reason: error.reason)
        }
    }

    private func writing<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(RunError) -> Value {
        do { return try body() } catch {
            throw .journalUnwritable(path: path, reason: error.reason)
        }
    }

    // MARK: Batches

    /// - Parameter durably: on the disk when it returns, also if the machine loses its power then.
    func transaction(durably: Bool, _ body: () throws(RunError) -> Void) throws(RunError) {
        try writing { () throws(SQLiteError) in
            try database.execute("PRAGMA synchronous = \(durably ? "FULL" : "NORMAL")")
            try database.execute("BEGIN IMMEDIATE")
        }
        do throws(RunError) {
            try body()
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
        try writing { () throws(SQLiteError) in try database.execute("COMMIT") }
    }

    // MARK: Rows

    /// The operations that it has something on.
    func places() throws(RunError) -> Set<Int64> {
        try writing { () throws(SQLiteError) in
            var places: Set<Int64> = []
            let all = try database.prepare("SELECT place FROM operation")
            while try all.step() { places.insert(all.number(0)) }
            return places
        }
    }

    func update(_ position: Position) throws(RunError) -> (name: String, digest: [UInt8])? {
        try writing { () throws(SQLiteError) in
            defer { findUpdate.reset() }
            findUpdate.bind(1, Int64(position))
            guard try findUpdate.step() else { return nil }
            return (findUpdate.text(0) ?? "", findUpdate.bytes(1) ?? [])
        }
    }

    func add(update position: Position, name: String, digest: Digest) throws(RunError) {
        try writing { () throws(SQLiteError) in
            insertUpdate.bind(1, Int64(position))
            insertUpdate.bind(2, name)
            insertUpdate.bind(3, digest.bytes)
            try insertUpdate.run()
        }
    }

    func operation(_ key: Int64) throws(RunError) -> JournalRow? {
        try writing { () throws(SQLiteError) in
            defer { findOperation.reset() }
            findOperation.bind(1, key)
            guard try findOperation.step() else { return nil }
            let ending: JournalRow.Ending =
                if let result = findOperation.bytes(4) {
                    .result(result)
                } else if let failure = findOperation.text(5) {
                    .failure(failure)
                } else {
                    .sent
                }
            return JournalRow(
                signature: JournalSignature(
                    procedure: findOperation.text(0) ?? "",
                    position: Position(clamping: findOperation.number(1)),
                    digest: findOperation.bytes(2) ?? []),
                host: findOperation.text(3) ?? "", ending: ending)
        }
    }

    func put(_ row: JournalRow, at key: Int64) throws(RunError) {
        try writing { () throws(SQLiteError) in
            insertOperation.bind(1, key)
            insertOperation.bind(2, row.signature.procedure)
            insertOperation.bind(3, Int64(clamping: row.signature.position))
            insertOperation.bind(4, row.signature.digest)
            insertOperation.bind(5, row.host)
            switch row.ending {
            case .result(let bytes): insertOperation.bind(6, bytes)
            case .failure(let text): insertOperation.bind(7, text)
            case .sent: break
            }
            try insertOperation.run()
        }
    }
}

/// What the journal holds of one operation.
struct JournalRow {
    enum Ending {
        /// It was about to be sent, and no ending followed. Only of a `once` operation.
        case sent
        case result([UInt8])
        /// Its own failure. Only of a `once` operation: others are executed again.
        case failure(String)
    }

    var signature: JournalSignature
    var host: String
    var ending: Ending
}

/// By what an operation is known again.
struct JournalSignature: Hashable {
    var procedure: String
    var position: Position
    /// Of its argument.
    var digest: [UInt8]

    /// For a message.
    var text: String {
        let digits = Digest(bytes: digest)?.short ?? "?"
        return "'\(procedure)' at position \(position), argument \(digits)"
    }
}
