/// Which operation of the program: the statement that invoked it, counted from 1 in the order in
/// which the program came to them, and, where that invokes one for each argument, the argument's
/// place, from 1.
///
/// The same program with the same input gives an operation the same place each time, however fast
/// the hosts are: what a loop that is left early submitted in vain has no part in it. `12` and
/// `12.345` in text.
public struct OperationPlace: Hashable, Comparable, Sendable {
    public var statement: UInt64
    /// 0: the statement invokes one operation.
    public var element: UInt32

    public init(statement: UInt64, element: UInt32 = 0) {
        self.statement = statement
        self.element = element
    }

    public static func < (left: OperationPlace, right: OperationPlace) -> Bool {
        (left.statement, left.element) < (right.statement, right.element)
    }
}

extension OperationPlace: CustomStringConvertible, LosslessStringConvertible, Codable {
    public var description: String { element == 0 ? "\(statement)" : "\(statement).\(element)" }

    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let statement = parts.first.flatMap({ UInt64($0) }) else {
            return nil
        }
        guard parts.count == 2 else {
            self.init(statement: statement)
            return
        }
        guard let element = UInt32(parts[1]), element > 0 else { return nil }
        self.init(statement: statement, element: element)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let place = OperationPlace(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no place of an operation")
        }
        self = place
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// How one operation ended, as the event log tells it: an array of seven numbers, in the order of
/// the properties.
public struct OperationEnd: Hashable, Sendable {
    public var place: OperationPlace
    public var attempt: UInt32
    /// Means something where a host answered.
    public var worker: UInt32
    /// When the attempt that ended it was sent, and when its answer came: microseconds since the
    /// run began.
    public var sent: UInt64
    public var ended: UInt64
    /// The worker's own time for it, in microseconds.
    public var busy: UInt64

    public init(
        place: OperationPlace, attempt: UInt32 = 0, worker: UInt32 = 0, sent: UInt64,
        ended: UInt64, busy: UInt64 = 0
    ) {
        self.place = place
        self.attempt = attempt
        self.worker = worker
        self.sent = sent
        self.ended = ended
        self.busy = busy
    }
}

extension OperationEnd: Codable {
    public init(from decoder: any Decoder) throws {
        var numbers = try decoder.unkeyedContainer()
        place = OperationPlace(
            statement: try numbers.decode(UInt64.self), element: try numbers.decode(UInt32.self))
        attempt = try numbers.decode(UInt32.self)
        worker = try numbers.decode(UInt32.self)
        sent = try numbers.decode(UInt64.self)
        ended = try numbers.decode(UInt64.self)
        busy = try numbers.decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var numbers = encoder.unkeyedContainer()
        try numbers.encode(place.statement)
        try numbers.encode(place.element)
        try numbers.encode(attempt)
        try numbers.encode(worker)
        try numbers.encode(sent)
        try numbers.encode(ended)
        try numbers.encode(busy)
    }
}
