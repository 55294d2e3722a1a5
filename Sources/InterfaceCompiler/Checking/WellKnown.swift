/// Names that real interface files use without a definition, because rpcgen or the headers of the
/// RPC library know them. A definition in the file goes before.
enum WellKnown {
    /// rpcgen sends every one of the small ones as a number of 32 bits, `long` too.
    static let basic: [String: BasicType] = [
        "char": .int, "short": .int, "long": .int,
        "u_char": .unsignedInt, "u_short": .unsignedInt, "u_int": .unsignedInt,
        "u_long": .unsignedInt,
        "int8_t": .int, "int16_t": .int, "int32_t": .int, "int64_t": .hyper,
        "uint8_t": .unsignedInt, "uint16_t": .unsignedInt, "uint32_t": .unsignedInt,
        "uint64_t": .unsignedHyper,
        "u_int8_t": .unsignedInt, "u_int16_t": .unsignedInt, "u_int32_t": .unsignedInt,
        "u_int64_t": .unsignedHyper,
        "longlong_t": .hyper, "u_longlong_t": .unsignedHyper,
        "quad_t": .hyper, "u_quad_t": .unsignedHyper, "bool_t": .bool,
        "rpcprog_t": .unsignedInt, "rpcvers_t": .unsignedInt, "rpcproc_t": .unsignedInt,
        "rpcprot_t": .unsignedInt, "rpcport_t": .unsignedInt,
    ]

    /// Of <rpc/types.h> and <rpc/auth.h>; the flavours are those of RFC 5531 §8.
    static let constants: [String: Int128] = [
        "MAXNETNAMELEN": 255, "MAX_AUTH_BYTES": 400, "MAX_NETOBJ_SZ": 1024,
        "AUTH_NONE": 0, "AUTH_NULL": 0, "AUTH_SYS": 1, "AUTH_UNIX": 1, "AUTH_SHORT": 2,
        "AUTH_DH": 3, "AUTH_DES": 3, "RPCSEC_GSS": 6,
    ]

    /// `netobj`, `des_block` and `netbuf` of <rpc/xdr.h>, <rpc/des.h> and <rpc/types.h>, where a file
    /// uses them and does not define them.
    static func definitions(
        for used: [String: SourceRange], defined: Set<String>
    ) -> [DefinitionSyntax] {
        ["des_block", "netbuf", "netobj"].compactMap { word in
            guard let range = used[word], !defined.contains(word) else { return nil }
            let name = Name(text: word, range: range)
            return DefinitionSyntax(name: name, kind: kind(of: name))
        }
    }

    private static func kind(of name: Name) -> DefinitionSyntax.Kind {
        func declaration(
            _ type: TypeSyntax.Kind, _ field: String, _ shape: DeclarationSyntax.Shape
        ) -> DeclarationSyntax {
            DeclarationSyntax(
                type: TypeSyntax(kind: type, range: name.range),
                name: Name(text: field, range: name.range), shape: shape)
        }
        func value(_ number: Int128) -> ValueSyntax {
            ValueSyntax(kind: .number(number), range: name.range)
        }
        switch name.text {
        case "des_block": return .typedef(declaration(.opaque, name.text, .fixed(value(8))))
        case "netobj": return .typedef(declaration(.opaque, name.text, .variable(value(1024))))
        default:
            return .type(
                .structure([
                    declaration(.basic(.unsignedInt), "maxlen", .plain),
                    declaration(.opaque, "buf", .variable(nil)),
                ]))
        }
    }
}
