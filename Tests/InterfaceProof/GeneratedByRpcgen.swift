import Foundation
import TestKit

/// What Debian's rpcgen makes of an interface, as a program on libtirpc: code that shares nothing
/// with ours.
public enum GeneratedByRpcgen {
    private static let programs = "\(Checkout.root)/Tests/InterfaceProof/Programs"

    /// - Parameter original: rpcgen gets the interface's own text; else the checked model, in
    ///   the words and the order that rpcgen knows
    /// - Throws: what rpcgen or the compiler said
    public static func echoProgram(of subject: Subject, original: Bool) throws -> EchoProgram {
        let directory = try TemporaryDirectory("proof-rpcgen")
        try copyNeighbours(of: subject, to: directory)
        let rewritten = RpcgenText(subject.model, wrapping: subject.types).lines
        try directory.write(original ? subject.text : rewritten, to: "\(subject.name).x")
        let types = subject.types.indices.map {
            "    {sizeof(Proof\($0)), (xdrproc_t)xdr_Proof\($0)}, \\\n"
        }
        try directory.write(
            "#include \"\(subject.name).h\"\n#define PROOF_TYPES \\\n\(types.joined())\n",
            to: "subject.h")
        let script = """
            set -e
            cd "$1"
            rpcgen -N -h -o "$2.h" "$2.x"
            rpcgen -N -c -o "$2_xdr.c" "$2.x"
            gcc -w -O1 -I. -I/usr/include/tirpc "$3/rpcgen.c" "$2_xdr.c" -o echo -ltirpc
            """
        try Tools.run(["sh", "-c", script, "sh", directory.path, subject.name, programs])
        return EchoProgram(command: ["\(directory.path)/echo"], keeping: directory)
    }

    /// Interfaces include the one beside them.
    private static func copyNeighbours(of subject: Subject, to directory: TemporaryDirectory) throws
    {
        let source = URL(fileURLWithPath: subject.file).deletingLastPathComponent().path
        for name in try FileManager.default.contentsOfDirectory(atPath: source)
        where name.hasSuffix(".x") {
            try FileManager.default.copyItem(
                atPath: "\(source)/\(name)", toPath: "\(directory.path)/\(name)")
        }
    }
}
