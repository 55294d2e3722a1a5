import Driving
import Digests
import RunRecords
import Scheduling

/// What the journal holds of one operation that ended.
struct JournalRow {
    enum Ending {
        case result([UInt8])
        /// Its own failure. Only of a `once` operation: others are executed again.
        case failure(String)
        /// It was cancelled, or too late, before a worker had it: as if it had not come.
        case withdrawn
    }

    var place: OperationPlace
    var signature: JournalSignature
    /// The program's own task invoked it: its place is the program's.
    var isOrdered: Bool
    var host: String
    /// The number of its note; 0: it is no `once` operation.
    var note: Int64
    var ending: Ending

    /// - Parameter history: of the updates up to its position.
    func seal(after history: JournalSeal) -> JournalSeal {
        var fields = JournalFields("operation")
        fields.add(note)
        fields.add(place, signature, isOrdered, host)
        switch ending {
        case .result(let bytes):
            fields.add(1)
            fields.add(bytes)
        case .failure(let text):
            fields.add(2)
            fields.add(text)
        case .withdrawn: fields.add(3)
        }
        return history.followed(by: fields)
    }
}

/// A `once` operation that was about to be sent.
struct JournalIntent {
    var place: OperationPlace
    var signature: JournalSignature
    var isOrdered: Bool
    var host: String

    /// Of all notes up to this one.
    func seal(after earlier: JournalSeal) -> JournalSeal {
        var fields = JournalFields("note")
        fields.add(place, signature, isOrdered, host)
        return earlier.followed(by: fields)
    }
}

extension JournalFields {
    fileprivate mutating func add(
        _ place: OperationPlace, _ signature: JournalSignature, _ isOrdered: Bool, _ host: String
    ) {
        add(Int64(bitPattern: place.statement))
        add(Int64(place.element))
        add(signature.procedure)
        add(Int64(signature.position))
        add(signature.digest)
        add(isOrdered ? 1 : 0)
        add(host)
    }
}
