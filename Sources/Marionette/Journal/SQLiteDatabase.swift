import CLibSQLite

/// What SQLite said.
struct SQLiteError: Error, Hashable {
    var code: Int32
    var reason: String

    /// Another process has the file.
    var isBusy: Bool { code & 0xff == SQLITE_BUSY || code & 0xff == SQLITE_LOCKED }

    /// The system did not let it be read or written; what is in the file is another matter.
    var isOfSystem: Bool {
        switch code & 0xff {
        case SQLITE_FULL, SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_AUTH,
            SQLITE_NOLFS, SQLITE_TOOBIG:
            true
        // The file is shorter than it says itself.
        case SQLITE_IOERR: code != SQLITE_IOERR | 2 << 8
        default: false
        }
    }
}

/// A connection to an SQLite file. Belongs to one thread at a time.
final class SQLiteDatabase {
    private let handle: OpaquePointer

    /// A file that is there; an empty one is a database without tables.
    init(path: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let reason = String(cString: sqlite3_errstr(code))
            sqlite3_close(handle)
            throw SQLiteError(code: code, reason: reason)
        }
        self.handle = handle
        check(sqlite3_extended_result_codes(handle, 1))
    }

    deinit { sqlite3_close_v2(handle) }

    func execute(_ sql: String) throws(SQLiteError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error }
    }

    func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, 0, &statement, nil) == SQLITE_OK,
            let statement
        else { throw error }
        return SQLiteStatement(statement, of: self)
    }

    /// The number in the first column of the first row.
    func number(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.step() ? try statement.number(0) : nil
    }

    fileprivate func succeeded(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw error }
    }

    fileprivate var error: SQLiteError {
        SQLiteError(
            code: sqlite3_extended_errcode(handle), reason: String(cString: sqlite3_errmsg(handle)))
    }
}

/// A prepared statement: bind, step, read, reset.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let database: SQLiteDatabase

    fileprivate init(_ handle: OpaquePointer, of database: SQLiteDatabase) {
        self.handle = handle
        self.database = database
    }

    deinit { sqlite3_finalize(handle) }

    /// Parameters count from 1. Bytes are copied (SQLITE_TRANSIENT is a cast that Swift can't
    /// import).
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ index: Int32, _ number: Int64) throws(SQLiteError) {
        try database.succeeded(sqlite3_bind_int64(handle, index, number))
    }

    func bind(_ index: Int32, _ text: String) throws(SQLiteError) {
        // With its length: a NUL in it would cut it.
        let count = Int32(clamping: text.utf8.count)
        try database.succeeded(sqlite3_bind_text(handle, index, text, count, Self.transient))
    }

    func bind(_ index: Int32, _ bytes: [UInt8]) throws(SQLiteError) {
        let code = bytes.withUnsafeBytes { buffer in
            // An empty array may have no address, and no address means NULL.
            buffer.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : sqlite3_bind_blob64(
                    handle, index, buffer.baseAddress, UInt64(buffer.count), Self.transient)
        }
        try database.succeeded(code)
    }

    /// Whether there is a row.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw database.error
        }
    }

    /// Ready for other parameters.
    func reset() {
        // It tells again what `step` told.
        _ = sqlite3_reset(handle)
        check(sqlite3_clear_bindings(handle))
    }

    /// Executes a statement that has no rows, and makes it ready again.
    func run() throws(SQLiteError) {
        defer { reset() }
        guard try !step() else { throw SQLiteError(code: SQLITE_MISUSE, reason: "it has a row") }
    }

    // MARK: Columns, from 0

    /// Of another type than asked for: the file is not as it was written.
    private func expect(_ type: Int32, _ column: Int32) throws(SQLiteError) {
        guard sqlite3_column_type(handle, column) == type else {
            throw SQLiteError(code: SQLITE_CORRUPT, reason: "a column is of another type")
        }
    }

    func number(_ column: Int32) throws(SQLiteError) -> Int64 {
        try expect(SQLITE_INTEGER, column)
        return sqlite3_column_int64(handle, column)
    }

    func text(_ column: Int32) throws(SQLiteError) -> String {
        try expect(SQLITE_TEXT, column)
        guard let start = sqlite3_column_text(handle, column) else {
            throw SQLiteError(code: SQLITE_NOMEM, reason: "out of memory")
        }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) throws(SQLiteError) -> [UInt8] {
        try expect(SQLITE_BLOB, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        guard count > 0 else { return [] }
        guard let start = sqlite3_column_blob(handle, column) else {
            throw SQLiteError(code: SQLITE_NOMEM, reason: "out of memory")
        }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}

/// Of calls that fail only where they are called wrongly.
private func check(_ code: Int32) { precondition(code == SQLITE_OK) }
