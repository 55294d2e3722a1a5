/// A node of a list: a struct whose last field is an optional of the struct itself, and that
/// contains itself nowhere else (RFC 4506 §4.19). Generated types conform.
///
/// A list may have as many nodes as its bytes allow, so nothing here may recurse from a node to
/// the next: not decoding and encoding, not comparing and hashing, and not the end of its life.
public protocol XDRListNode: XDRCodable, Hashable, Sendable {
    /// Reads the fields before the link.
    init(node decoder: inout XDRDecoder) throws(XDRError)
    /// Appends the fields before the link.
    func encode(node encoder: inout XDREncoder) throws(XDRError)
    /// The storage of the last field.
    var linkToNext: Linked<Self> { get set }
}

/// The rest of a list, apart from the node that it follows. A value: copies of a list share nodes
/// until one of them is changed.
@propertyWrapper
public struct Linked<Node: XDRListNode>: Sendable {
    @usableFromInline var box: Box?

    @inlinable
    public init(wrappedValue: Node? = nil) {
        if let wrappedValue { box = Box(wrappedValue) } else { box = nil }
    }

    @inlinable
    public var wrappedValue: Node? {
        get { box?.node }
        set { self = Linked(wrappedValue: newValue) }
    }

    /// Safe because: a box is changed only by the decoder that makes it, before anyone else sees
    /// it, and by `deinit`, when nobody else can.
    @usableFromInline
    final class Box: @unchecked Sendable {
        @usableFromInline var node: Node

        @inlinable
        init(_ node: Node) { self.node = node }

        @inlinable
        deinit {
            if let next = takeNext() { Unlinking.release(next) }
        }

        /// The only reference that is left here is the one that is returned: one more that lived
        /// until the end of `deinit` would be released there, outside of the queue.
        @inlinable
        func takeNext() -> Unmanaged<AnyObject>? {
            guard let next = node.linkToNext.box else { return nil }
            node.linkToNext.box = nil
            return .passRetained(next)
        }
    }
}

extension Linked: Hashable {
    public static func == (left: Linked, right: Linked) -> Bool {
        var (left, right) = (left.box, right.box)
        while let one = left, let other = right, one !== other {
            guard one.node.alone == other.node.alone else { return false }
            (left, right) = (one.node.linkToNext.box, other.node.linkToNext.box)
        }
        return left === right
    }

    public func hash(into hasher: inout Hasher) {
        var count = 0
        var next = box
        while let here = next {
            hasher.combine(here.node.alone)
            next = here.node.linkToNext.box
            count += 1
        }
        // The nodes alone would leave open which list they belong to.
        if count > 0 { hasher.combine(count) }
    }
}

extension XDRListNode {
    /// The node without what follows it.
    fileprivate var alone: Self {
        var node = self
        node.linkToNext = Linked()
        return node
    }
}

extension XDRDecoder {
    /// A list from its first node on. An error tells the node as an array's item: `[17].radius`.
    public mutating func list<Node: XDRListNode>(
        link: StaticString, of type: Node.Type = Node.self
    ) throws(XDRError) -> Node {
        var index = 0
        do throws(XDRError) {
            var first = try Node(node: &self)
            var last: Linked<Node>.Box?
            while try decode(link, as: Bool.self) {
                index += 1
                let box = Linked.Box(try Node(node: &self))
                if let last {
                    last.node.linkToNext.box = box
                } else {
                    first.linkToNext.box = box
                }
                last = box
            }
            return first
        } catch { throw error.within(item: index) }
    }
}

extension XDREncoder {
    /// A list from `first` on.
    public mutating func list<Node: XDRListNode>(
        _ first: Node, link: StaticString
    ) throws(XDRError) {
        var index = 0
        do throws(XDRError) {
            try first.encode(node: &self)
            var next = first.linkToNext.box
            try encode(link, next != nil)
            while let here = next {
                index += 1
                try here.node.encode(node: &self)
                next = here.node.linkToNext.box
                try encode(link, next != nil)
            }
        } catch { throw error.within(item: index) }
    }
}
