/// Holds a value apart from the value that contains it, so that a type may contain itself (RFC 4506
/// §4.19: lists and trees).
@propertyWrapper
public indirect enum Recursive<Value> {
    case value(Value)

    public init(wrappedValue: Value) { self = .value(wrappedValue) }

    public var wrappedValue: Value {
        get {
            switch self {
            case .value(let value): value
            }
        }
        set { self = .value(newValue) }
    }
}

extension Recursive: Sendable where Value: Sendable {}
extension Recursive: Equatable where Value: Equatable {}
extension Recursive: Hashable where Value: Hashable {}
