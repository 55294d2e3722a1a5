import Diagnostics
import Foundation
import InterfaceCompiler
import TestKit

/// An interface whose generated code is proven, and the types of it that values are made of.
///
/// Behind the interface's own text stands `struct ProofN { T value; };` for each of its types. That
/// has the same bytes as T, is a struct whatever T is, and its name is the same in every language:
/// a program that takes values by number needs to know nothing else of the interface.
public struct Subject: Sendable {
    /// An identifier in every language: `debian_nis`.
    public let name: String
    /// The file that it was read from.
    public let file: String
    /// With the wrappers.
    public let text: String
    public let model: InterfaceModel
    /// The type that `ProofN` wraps is the one at N.
    public let types: [String]

    /// - Throws: what is wrong with the interface (`InterfaceErrors`), or why it can't be read
    public init(name: String, file: String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let types = try compileInterface(text: text, file: file, files: .onDisk()).types.map(\.name)
        self.name = name
        self.file = file
        self.types = types
        self.text =
            text + "\n"
            + types.enumerated().map { "struct Proof\($0) { \($1) value; };\n" }.joined()
        model = try compileInterface(text: self.text, file: file, files: .onDisk())
    }

    /// Random values of each type, of which `Request.type` is the number in this subject.
    public func values(ofEach count: Int, seed: UInt64, largest: UInt64 = .max) -> [Request] {
        types.enumerated().flatMap { index, type in
            let seed = Seed(seed, title(index))
            var generator = ValueGenerator(model, seed: seed, largest: largest)
            return (0..<count).map { _ in
                Request(type: index, bytes: generator.value(of: type))
            }
        }
    }

    /// `debian_nis.nis_object`
    public func title(_ type: Int) -> String { "\(name).\(types[type])" }
}

/// Where interfaces are found.
public struct SubjectFile: Hashable, Sendable {
    public let name: String
    public let file: String

    /// The expected texts of the interface compiler's tests, and our own wire protocol.
    public static let ours: [SubjectFile] = {
        let goldens = "\(Checkout.root)/Tests/InterfaceCompilerTests/Goldens"
        let directories = (try? FileManager.default.contentsOfDirectory(atPath: goldens)) ?? []
        return directories.sorted().map { ($0, "\(goldens)/\($0)/input.x") }
            .filter { FileManager.default.fileExists(atPath: $0.1) }
            .map { SubjectFile(name: "golden_\($0.0.asIdentifier)", file: $0.1) }
            + [SubjectFile(name: "wire_slave", file: "\(Checkout.root)/Interfaces/slave.x")]
    }()

    /// What Debian's packages install: rpcsvc-proto (12), libtirpc-dev (2), libnsl-dev (5).
    public static let debian: [SubjectFile] = {
        let services = [
            "bootparam_prot", "key_prot", "klm_prot", "mount", "nfs_prot", "nlm_prot", "rex",
            "rquota", "rstat", "rusers", "sm_inter", "spray", "nis", "nis_callback", "nis_object",
            "yp", "yppasswd",
        ]
        let files =
            services.map { "/usr/include/rpcsvc/\($0).x" } + [
                "/usr/include/tirpc/rpc/rpcb_prot.x", "/usr/include/tirpc/rpcsvc/crypt.x",
            ]
        return files.map { SubjectFile(file: $0, set: "debian") }
    }()

    public init(name: String, file: String) {
        self.name = name
        self.file = file
    }

    public init(file: String, set: String) {
        let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        self.init(name: "\(set)_\(stem.asIdentifier)", file: file)
    }
}

extension String {
    var asIdentifier: String {
        String(map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
