/// Names that real interface files use without a definition, because rpcgen or the headers of the
/// RPC library know them. A definition in the file goes before.
enum WellKnown {
    /// rpcgen sends every one of the small ones as a number of 32 bits, `long` too.
    static let basic: [String: BasicType] = [
        "char": .int, "short": .int, "long": .int,
        "u_char": .unsignedInt, "u_short": .unsignedInt, "u_int": .unsignedInt,
        "u_long": .unsignedInt,
        "uchar_t": .unsignedInt, "ushort_t": .unsignedInt, "uint_t": .unsignedInt,
        "ulong_t": .unsignedInt,
        "int8_t": .int, "int16_t": .int, "int32_t": .int, "int64_t": .hyper,
        "uint8_t": .unsignedInt, "uint16_t": .unsignedInt, "uint32_t": .unsignedInt,
        "uint64_t": .unsignedHyper,
        "u_int8_t": .unsignedInt, "u_int16_t": .unsignedInt, "u_int32_t": .unsignedInt,
        "u_int64_t": .unsignedHyper,
        "longlong_t": .hyper, "u_longlong_t": .unsignedHyper,
        "quad_t": .hyper, "u_quad_t": .unsignedHyper, "bool_t": .bool,
        "rpcprog_t": .unsignedInt, "rpcvers_t": .unsignedInt, "rpcproc_t": .unsignedInt,
        "rpcprot_t": .unsignedInt, "rpcport_t": .unsignedInt,
        // Any number may come as a flavour: RFC 5531 leaves most of them open.
        "enum_t": .int, "auth_flavor": .int,
    ]

    /// Of <rpc/types.h> and <rpc/auth.h>; the flavours are those of RFC 5531 §8.
    static let constants: [String: Int128] = [
        "MAXNETNAMELEN": 255, "MAX_AUTH_BYTES": 400, "MAX_NETOBJ_SZ": 1024,
        "MAX_MACHINE_NAME": 255, "NGRPS": 16,
        "AUTH_NONE": 0, "AUTH_NULL": 0, "AUTH_SYS": 1, "AUTH_UNIX": 1, "AUTH_SHORT": 2,
        "AUTH_DH": 3, "AUTH_DES": 3, "AUTH_KERB": 4, "AUTH_RSA": 5, "RPCSEC_GSS": 6,
    ]

    /// The types of <rpc/xdr.h>, <rpc/des.h>, <rpc/types.h> and <rpc/auth.h> that files use without
    /// a definition, as XDR has them (RFC 5531 §8.2 and Appendix A).
    private static let structures: [String: [Part]] = [
        "netbuf": [.number("maxlen"), .opaque("buf", nil)],
        "opaque_auth": [.flavor("flavor"), .opaque("body", 400)],
        "authsys_parms": credentials, "authunix_parms": credentials,
    ]
    private static let opaques: [String: Part] = [
        "des_block": .fixed("des_block", 8), "netobj": .opaque("netobj", 1024),
    ]
    private static let credentials: [Part] = [
        .number("stamp"), .string("machinename", 255), .number("uid"), .number("gid"),
        .numbers("gids", 16),
    ]

    private enum Part {
        case number(String), flavor(String), numbers(String, Int128)
        case string(String, Int128), opaque(String, Int128?), fixed(String, Int128)
    }

    static let typeNames = Set(basic.keys).union(structures.keys).union(opaques.keys)

    /// A definition of each of these names that a file uses and does not define.
    static func definitions(
        for used: [String: SourceRange], defined: Set<String>
    ) -> [DefinitionSyntax] {
        let names = Set(structures.keys).union(opaques.keys).sorted()
        return names.compactMap { word in
            guard let range = used[word], !defined.contains(word) else { return nil }
            let name = Name(text: word, range: range)
            if let part = opaques[word] {
                return DefinitionSyntax(
                    name: name, kind: .typedef(declaration(part, at: range)))
            }
            guard let parts = structures[word] else { return nil }
            let fields = parts.map { declaration($0, at: range) }
            return DefinitionSyntax(name: name, kind: .type(.structure(fields)))
        }
    }

    private static func declaration(_ part: Part, at range: SourceRange) -> DeclarationSyntax {
        func value(_ number: Int128) -> ValueSyntax {
            ValueSyntax(kind: .number(number), range: range)
        }
        let (type, name, shape): (TypeSyntax.Kind, String, DeclarationSyntax.Shape) =
            switch part {
            case .number(let name): (.basic(.unsignedInt), name, .plain)
            case .flavor(let name): (.basic(.int), name, .plain)
            case .numbers(let name, let most): (.basic(.unsignedInt), name, .variable(value(most)))
            case .string(let name, let most): (.string, name, .variable(value(most)))
            case .opaque(let name, let most): (.opaque, name, .variable(most.map(value)))
            case .fixed(let name, let count): (.opaque, name, .fixed(value(count)))
            }
        return DeclarationSyntax(
            type: TypeSyntax(kind: type, range: range), name: Name(text: name, range: range),
            shape: shape)
    }
}
