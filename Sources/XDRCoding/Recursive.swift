/// An optional value apart from the value that contains it, so that a type may contain itself
/// (RFC 4506 §4.19: trees). Lists have `Linked`.
@propertyWrapper
public enum Recursive<Value> {
    case absent
    indirect case present(Value)

    @inlinable
    public init(wrappedValue: Value?) {
        self = if let wrappedValue { .present(wrappedValue) } else { .absent }
    }

    @inlinable
    public var wrappedValue: Value? {
        get {
            switch self {
            case .absent: nil
            case .present(let value): value
            }
        }
        set { self = Recursive(wrappedValue: newValue) }
    }
}

extension Recursive: Sendable where Value: Sendable {}
extension Recursive: Equatable where Value: Equatable {}
extension Recursive: Hashable where Value: Hashable {}
