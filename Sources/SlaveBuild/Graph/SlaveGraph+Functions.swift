import Archives
import BuildGraph
import Diagnostics
import Digests
import Foundation
import InterfaceCompiler
import Inventory

/// The steps that this process does itself.
extension SlaveGraph {
    var emptyProgram: String { "\(paths.root)/empty.c" }

    /// The program that a C library is prepared with.
    var emptyProgramStep: Step {
        let path = emptyProgram
        return function("write empty.c", signature: "1", inputs: [], outputs: [path]) {
            try writeAtomically("int main(void) { return 0; }\n".utf8, to: path)
            return []
        }
    }

    var stubStep: Step {
        manifest.application.map { stubStep(of: $0.interface) } ?? bareMainStep
    }

    /// The slave of a project that has programs alone installs bundles, and executes nothing.
    private var bareMainStep: Step {
        let (path, hash) = (stub, paths.interfaceHash)
        let text = """
            #include "marionette.h"

            int main(int argc, char **argv)
            {
                static const struct mrn_application none = {.name = "\(manifest.name)"};
                return mrn_slave_main(argc, argv, &none);
            }

            """
        return function(
            "generate \(stem)_main.c", signature: text, inputs: [], outputs: [path, hash]
        ) {
            try writeAtomically(text.utf8, to: path)
            try writeAtomically("\(Digest.of(""))\n".utf8, to: hash)
            return []
        }
    }

    private func stubStep(of interface: String) -> Step {
        let source = "\(manifest.directory)/\(interface)"
        let directory = manifest.directory
        let (stubs, hash, stem, isSwift) = (paths.stubs, paths.interfaceHash, stem, swift != nil)
        return reportingFunction(
            "generate \(stub.split(separator: "/").last ?? "")", signature: stem,
            inputs: [source, tool] + Self.included(by: interface, in: directory),
            outputs: [stub] + generatedSources.map { "\(stubs)/\($0)" } + [hash]
        ) {
            let model = try Self.model(of: interface, in: directory)
            let language = isSwift ? StubLanguage.swiftWorker : .c
            for file in language.files(of: model, name: stem) {
                try writeAtomically(file.text.utf8, to: "\(stubs)/\(file.name)")
            }
            try writeAtomically("\(model.hash)\n".utf8, to: hash)
            return ([], model.warnings.map { $0.rendered + "\n" }.joined())
        }
    }

    private static func included(by name: String, in directory: String) -> [String] {
        let path = "\(directory)/\(name)"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return filesIncluded(by: text, file: name, files: .onDisk(in: directory))
            .map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" }
    }

    static func model(of name: String, in directory: String) throws -> InterfaceModel {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)"))
        let model: InterfaceModel
        do throws(InterfaceErrors) {
            model = try compileInterface(
                text: String(decoding: data, as: UTF8.self), file: name,
                files: .onDisk(in: directory))
        } catch {
            throw BuildFault(error.diagnostics)
        }
        guard model.application != nil else {
            throw BuildFault(
                summary: "'\(name)' describes no application",
                remedy: "add a block 'application NAME { … } = 0x20000001;'")
        }
        return model
    }

    /// The build identity covers every byte that is linked, by the objects, and how they are
    /// linked. Objects do not depend on the directory or the machine, so neither does the identity.
    func identityStep(
        of objects: [String], at path: String, facts: [String], _ compiler: Compiler
    ) -> Step {
        let target = compiler.target
        let bases = ["\(paths.target(target.name))/obj/", "\(manifest.directory)/"]
        let facts =
            [target.name, compiler.toolchain.identity] + target.flags
            + target.recipe.distinctions(from: target.name) + facts
        var step = function(
            "identify the build", signature: facts.joined(separator: "\n"), inputs: objects,
            outputs: [path]
        ) {
            var lines = facts
            for object in objects {
                let base = bases.first(where: object.hasPrefix) ?? ""
                lines.append("\(try Digest.ofFile(object)) \(object.dropFirst(base.count))")
            }
            let identity = Digest.of(lines.joined(separator: "\n"))
            let text = """
                /* What this slave was built from: the digest of its objects and the link. */
                extern const char mrn_build_identity[];
                const char mrn_build_identity[] = "\(identity)";

                """
            try writeAtomically(text.utf8, to: path)
            return []
        }
        step.group = target.architecture
        return step
    }

    /// Strips, and keeps the whole ELF under its build-id: a crash report may come from any slave
    /// that still runs somewhere, not only from the newest.
    func stripStep(
        _ target: Target, elf: String, to slave: String, identity source: String,
        buildId idFile: String, name: String
    ) -> Step {
        let paths = paths
        let max = Self.debugFilesMax * (1 + programs(for: target.name).count)
        var step = function(
            name, signature: "2", inputs: [elf, source], outputs: [slave, idFile]
        ) {
            let identity = try Self.identity(in: source)
            guard let digest = Digest(hexadecimal: identity) else {
                throw BuildFault(summary: "'\(source)' has no identity")
            }
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: elf)))
            let file = try ElfFile(bytes).identified(by: digest.bytes)
            let id = try file.buildId()
            let kept = paths.debugFile(target: target.name, buildId: id)
            try writeAtomically(file.bytes, to: kept)
            Self.prune(paths.debugDirectory(target.name), max: max)
            try writeAtomically(file.stripped(), to: slave)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slave)
            try writeAtomically("\(id)\n".utf8, to: idFile)
            return [kept]
        }
        step.group = target.architecture
        return step
    }

    func packStep(_ target: Target, _ programs: [String]) -> Step {
        let slave = paths.slave(target.name)
        let files =
            [BundleFile(name: "slave", path: slave, executable: true)]
            + programs.map { name in
                BundleFile(
                    name: "bin/\(name)", path: paths.program(target.name, name), executable: true)
            }
        let (source, hash) = (paths.identity(target.name), paths.interfaceHash)
        let (bundle, manifest) = (paths.bundle(target.name), paths.manifest(target.name))
        let folder = "\(paths.target(target.name))/bin"
        var step = function(
            "pack", signature: target.name, inputs: files.map(\.path) + [source, hash, tool],
            outputs: [bundle, manifest]
        ) {
            let identity = BundleIdentity(
                build: try Self.identity(in: source), interface: try Self.digest(in: hash),
                target: target.name)
            let written = try Bundle.write(files: files, identity: identity, to: bundle)
            try writeAtomically(written.manifest.text.utf8, to: manifest)
            // A program that is no longer in the manifest is no longer there.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where !programs.contains(name) {
                try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            return []
        }
        step.group = target.architecture
        return step
    }

    /// How many unstripped ELFs of one target are kept for each of its programs.
    static let debugFilesMax = 16

    private static func prune(_ directory: String, max: Int) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let dated = names.map { name -> (path: String, date: Date) in
            let path = "\(directory)/\(name)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (path, attributes?[.modificationDate] as? Date ?? .distantPast)
        }
        for file in dated.sorted(by: { $0.date > $1.date }).dropFirst(max) {
            try? FileManager.default.removeItem(atPath: file.path)
        }
    }

    private static func identity(in file: String) throws -> String {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw BuildFault(summary: "'\(file)' has no identity") }
        return String(parts[1])
    }

    private static func digest(in file: String) throws -> Digest {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let digest = Digest(hexadecimal: String(text.prefix(64))) else {
            throw BuildFault(summary: "'\(file)' holds no digest")
        }
        return digest
    }

    func function(
        _ name: String, signature: String, inputs: [String], outputs: [String],
        _ body: @escaping @Sendable () throws -> [String]
    ) -> Step {
        reportingFunction(name, signature: signature, inputs: inputs, outputs: outputs) {
            (try body(), "")
        }
    }

    /// - Parameter body: returns what is to be shown, too.
    func reportingFunction(
        _ name: String, signature: String, inputs: [String], outputs: [String],
        _ body: @escaping @Sendable () throws -> (written: [String], output: String)
    ) -> Step {
        Step(
            name: name, group: BuildPart.stubs.group, inputs: inputs, outputs: outputs,
            action: .function(Step.Function(signature: signature, reporting: body)))
    }
}
