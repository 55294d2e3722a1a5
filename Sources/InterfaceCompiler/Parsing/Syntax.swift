/// What the parser found, before names have a meaning.
struct Name: Hashable, Sendable {
    var text: String
    var range: SourceRange
    /// The compiler made it, for a body that has none.
    var isMade = false
}

/// A number, the name of one, or a text.
struct ValueSyntax: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case number(Int128), name(String), text(String)
        /// One more than the value of this name.
        case after(String)
    }
    var kind: Kind
    var range: SourceRange
}

enum BasicType: Hashable, Sendable {
    case int, unsignedInt, hyper, unsignedHyper, float, double, quadruple, bool
}

struct TypeSyntax: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case basic(BasicType), string, opaque, void, named(String)
        /// `struct *next`: the struct in which it stands (RFC 1833).
        case enclosing
        /// A body where a name could stand, with the tag that it may have.
        indirect case body(TypeBody, tag: Name?)
    }
    var kind: Kind
    var range: SourceRange
}

/// What stands in the braces of an enum, a struct or a union.
enum TypeBody: Hashable, Sendable {
    case enumeration([MemberSyntax])
    case structure([DeclarationSyntax])
    case union(discriminant: DeclarationSyntax, arms: [ArmSyntax])
}

/// `type name`, `type name[n]`, `type name<n>`, `type *name`; a parameter may lack its name.
struct DeclarationSyntax: Hashable, Sendable {
    enum Shape: Hashable, Sendable {
        case plain
        case fixed(ValueSyntax)
        case variable(ValueSyntax?)
        case optional
    }
    var type: TypeSyntax
    var name: Name?
    var shape: Shape
    var documentation: String?

    /// Where a diagnostic about the whole of it points.
    var range: SourceRange { name?.range ?? type.range }
}

struct MemberSyntax: Hashable, Sendable {
    var name: Name
    /// rpcgen lets it out: one more than the member before, or 0.
    var value: ValueSyntax?
    var documentation: String?
}

struct ArmSyntax: Hashable, Sendable {
    /// Empty for `default`.
    var values: [ValueSyntax]
    /// nil for `void`.
    var declaration: DeclarationSyntax?
    var range: SourceRange
    var documentation: String?
}

struct ProcedureSyntax: Hashable, Sendable {
    var name: Name
    /// nil for `void`.
    var result: DeclarationSyntax?
    var parameters: [DeclarationSyntax]
    var number: ValueSyntax
    var documentation: String?
}

struct VersionSyntax: Hashable, Sendable {
    var name: Name
    var number: ValueSyntax
    var procedures: [ProcedureSyntax]
}

struct SharedSyntax: Hashable, Sendable {
    var declaration: DeclarationSyntax
    var name: Name
}

struct OperationSyntax: Hashable, Sendable {
    var kind: OperationKind
    var replacesEarlier = false
    var name: Name
    var result: DeclarationSyntax?
    var parameters: [DeclarationSyntax]
    var reads: [Name]
    var documentation: String?
}

struct ApplicationSyntax: Hashable, Sendable {
    var shared: [SharedSyntax]
    var operations: [OperationSyntax]
    var number: ValueSyntax
}

/// All that the parser found.
struct InterfaceSyntax: Sendable {
    var definitions: [DefinitionSyntax]
    var passed: [PassedConstant]
    var passedTypes: [PassedType]
    var hasUnreadHeaders: Bool
}

struct DefinitionSyntax: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case constant(ValueSyntax)
        case typedef(DeclarationSyntax)
        case type(TypeBody)
        case program([VersionSyntax], number: ValueSyntax)
        case application(ApplicationSyntax)
    }
    var name: Name
    var kind: Kind
    var documentation: String?
}
