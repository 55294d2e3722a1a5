import RunRecords
import Scheduling

/// Which operations the journal knew when the run began and have not come again.
///
/// The order in which concurrent tasks invoke their operations is not the program's. So an operation
/// is known again by what it is: its procedure, its position, its argument, and among equal ones
/// preferably by its place. Only where the program's own task invoked it, is its place the
/// program's as well: what comes there and is nowhere known is another program's, unless an operation
/// before it is executed anew.
package struct JournalIndex {
    /// A row of the file.
    package enum Row: Hashable {
        case operation(Int64)
        /// Of a `once` operation, which may have an ending.
        case note(Int64)
    }

    /// What is found for an operation that comes.
    package enum Claim: Hashable {
        case found(Row)
        /// The program does not do what it did: that row tells what it did here.
        case differs(Row)
        case unknown
    }

    private struct Entry {
        package let place: OperationPlace
        package let content: Int
        /// Of a `once` operation, whatever its position was.
        package let once: Int?
        package let isOrdered: Bool
    }

    private var entries: [Row: Entry] = [:]
    /// The first row of each place.
    private var rows: [OperationPlace: Row] = [:]
    /// The places behind something that ended later, or never; made when they are needed first.
    private var doubtful: Set<OperationPlace>?
    /// By content, the last place first; made when it is needed first.
    private var pool: [Int: [Row]]?

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    package var places: Set<OperationPlace> { Set(entries.values.map(\.place)) }

    package mutating func add(
        _ row: Row, _ place: OperationPlace, _ signature: JournalSignature, isOrdered: Bool
    ) {
        var once: Int?
        if case .note = row { once = Self.once(signature) }
        entries[row] = Entry(
            place: place, content: Self.content(signature), once: once, isOrdered: isOrdered)
        if rows[place] == nil { rows[place] = row }
    }

    /// Takes what belongs to the operation, so that nothing else is given it.
    package mutating func claim(
        _ place: OperationPlace, _ signature: JournalSignature, isOnce: Bool, isOrdered: Bool
    ) -> Claim {
        let content = Self.content(signature)
        let here = rows[place]
        let entry = here.flatMap { entries[$0] }
        if let here, entry?.content == content {
            entries[here] = nil
            return .found(here)
        }
        if let other = take(content) { return .found(other) }
        // Whether it was executed at another position nobody can say; it is not executed again.
        if isOnce, let other = take(Self.once(signature)) { return .differs(other) }
        guard let here, let entry, entry.isOrdered, isOrdered, !isDoubtful(place) else {
            return .unknown
        }
        return .differs(here)
    }

    /// Whether something that was invoked before ended later, or never: it was late, or failed, or was
    /// open when the run ended. Where it ends otherwise now, the program may go another way.
    private mutating func isDoubtful(_ place: OperationPlace) -> Bool {
        let places = doubtful ?? Self.doubtful(rows)
        doubtful = places
        return places.contains(place)
    }

    /// Places count from 1: a call has one, a sequence one for each of its elements. Rows count on as
    /// operations end.
    private static func doubtful(_ rows: [OperationPlace: Row]) -> Set<OperationPlace> {
        var places: Set<OperationPlace> = []
        var last = OperationPlace(statement: 0)
        var isBehindGap = false
        var latest: Int64 = 0
        for (place, row) in rows.sorted(by: { $0.key < $1.key }) {
            let isNext =
                place.statement == last.statement
                ? place.element == last.element + 1
                : place.statement == last.statement + 1 && place.element <= 1
            isBehindGap = isBehindGap || !isNext
            last = place
            var isOvertaken = false
            if case .operation(let number) = row {
                isOvertaken = number < latest
                latest = max(latest, number)
            }
            if isBehindGap || isOvertaken { places.insert(place) }
        }
        return places
    }

    private mutating func take(_ content: Int) -> Row? {
        if pool == nil {
            var pool: [Int: [Row]] = [:]
            for (row, entry) in entries.sorted(by: { $0.value.place > $1.value.place }) {
                pool[entry.content, default: []].append(row)
                if let once = entry.once { pool[once, default: []].append(row) }
            }
            self.pool = pool
        }
        while let row = pool?[content]?.popLast() {
            if entries.removeValue(forKey: row) != nil { return row }
        }
        return nil
    }

    private static func content(_ signature: JournalSignature) -> Int {
        var hasher = Hasher()
        hasher.combine(signature)
        return hasher.finalize()
    }

    private static func once(_ signature: JournalSignature) -> Int {
        var hasher = Hasher()
        hasher.combine(signature.procedure)
        hasher.combine(signature.digest)
        return hasher.finalize()
    }
}
