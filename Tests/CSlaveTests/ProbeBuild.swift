import Foundation
import InterfaceCompiler
import TestKit

/// Which build of the probe application a test drives.
enum ProbeKind: String, CaseIterable, Sendable {
    case native
    /// Big-endian, through zig and qemu.
    case s390x
    /// The worker in Embedded Swift, for this machine and for two of 32 bits.
    case swift, swiftArm
    /// This machine executes it too. Only tests of what 32 bits change need a second such kind.
    case swiftX86

    /// Those that can be built and run here.
    static let available = buildable.filter { $0 != .swiftX86 }
    static let buildable = allCases.filter { kind in
        switch kind {
        case .native: true
        case .s390x: ProbeTools.zig != nil && ProbeTools.qemu != nil
        case .swift, .swiftX86: ProbeTools.zig != nil
        case .swiftArm: ProbeTools.zig != nil && ProbeTools.onPath("qemu-arm-static") != nil
        }
    }

    /// The target, where SlaveBuild builds it.
    var target: String? {
        switch self {
        case .native, .s390x: nil
        case .swift: "x86_64-linux-musl"
        case .swiftArm: "arm-linux-musleabihf"
        case .swiftX86: "x86-linux-musl"
        }
    }

    var machine: String {
        switch self {
        case .native, .swift, .swiftX86: "x86_64"
        case .s390x: "s390x"
        case .swiftArm: "armv7l"
        }
    }

    var isEmulated: Bool { self == .s390x || self == .swiftArm }
    var wordBits: UInt32 { self == .swiftArm || self == .swiftX86 ? 32 : 64 }
}

/// Tools that a test finds or does without.
enum ProbeTools {
    static let zig: String? = {
        let environment = ProcessInfo.processInfo.environment
        let local = ProbeBuild.root.appendingPathComponent(".tools").path
        let named = environment["MARIONETTE_ZIG"].map { [$0] } ?? []
        let installed = (FileManager.default.subpaths(atPath: local) ?? [])
            .filter { $0.hasSuffix("ziglang/zig") }.map { local + "/" + $0 }
        return (named + installed).first(where: FileManager.default.isExecutableFile)
            ?? onPath("zig")
    }()
    static let qemu = onPath("qemu-s390x-static")

    static func onPath(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    }
}

/// Builds the probe slave from its interface, its worker and the sources of CSlave, once a run for
/// each kind.
///
/// With MARIONETTE_SANITIZE=1 in the environment the native one has the address and
/// undefined-behaviour sanitizers.
enum ProbeBuild {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let isSanitized = ProcessInfo.processInfo.environment["MARIONETTE_SANITIZE"] == "1"

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let directory: String = {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-probe-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: ProbeBuild.directory) }
        return path
    }()

    private static let native = Result { try build(.native) }
    private static let s390x = Result { try build(.s390x) }
    private static let swift = Result { try buildSwift() }

    /// The program and the arguments that come before the slave's.
    static func command(_ kind: ProbeKind) throws -> [String] {
        switch kind {
        case .native: [try native.get()]
        case .s390x: [ProbeTools.qemu ?? "qemu-s390x-static", try s390x.get()]
        case .swift: ["\(try swift.get())/x86_64-linux-musl/slave"]
        case .swiftX86: ["\(try swift.get())/x86-linux-musl/slave"]
        case .swiftArm:
            [
                ProbeTools.onPath("qemu-arm-static") ?? "qemu-arm-static",
                "\(try swift.get())/arm-linux-musleabihf/slave",
            ]
        }
    }

    private static let stubs = Result {
        let folder = directory + "/stubs"
        let file = root.appendingPathComponent("Tests/CSlaveTests/Probe/probe.x")
        let model = try compileInterface(
            text: String(contentsOf: file, encoding: .utf8), file: "probe.x")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for stub in cStubs(model, stem: "probe") {
            try Data(stub.text.utf8).write(to: URL(fileURLWithPath: folder + "/" + stub.name))
        }
        return folder
    }

    /// As a user would: a project with a manifest. Returns the directory of its build.
    private static func buildSwift() throws -> String {
        let project = directory + "/swift"
        let probe = root.appendingPathComponent("Tests/CSlaveTests/Probe")
        let files = FileManager.default
        try files.createDirectory(atPath: project + "/worker", withIntermediateDirectories: true)
        for (from, to) in [
            ("probe.x", "probe.x"), ("ProbeWorker.swift", "worker/ProbeWorker.swift"),
        ] {
            try files.copyItem(
                atPath: probe.appendingPathComponent(from).path, toPath: "\(project)/\(to)")
        }
        let manifest = """
            application: probe
            interface: probe.x
            master: { product: none }
            worker: { language: swift, sources: [worker/*.swift] }

            """
        try Data(manifest.utf8).write(to: URL(fileURLWithPath: project + "/marionette.yaml"))
        let targets = ProbeKind.buildable.compactMap(\.target).flatMap { ["--target", $0] }
        try run([Checkout.marionette, "build", "-C", project] + targets)
        return project + "/.marionette/build"
    }

    private static func build(_ kind: ProbeKind) throws -> String {
        let folder = try stubs.get()
        let output = directory + "/slave-" + kind.rawValue
        var arguments = compiler(kind)
        arguments += ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-pedantic", "-Werror"]
        arguments += ["-I" + folder, SlaveSources.headers, "-o", output]
        arguments += ["\(folder)/probe.c", "\(folder)/probe_main.c"]
        arguments.append(root.appendingPathComponent("Tests/CSlaveTests/Probe/probe_worker.c").path)
        try run(arguments + SlaveSources.all)
        return output
    }

    private static func compiler(_ kind: ProbeKind) -> [String] {
        switch kind {
        case .native, .swift, .swiftArm, .swiftX86:
            ["/usr/bin/env", "cc"]
                + (isSanitized
                    ? ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"] : [])
        case .s390x:
            [
                ProbeTools.zig ?? "zig", "cc", "-target", "s390x-linux-musl", "-static",
                "-fno-sanitize=undefined",
            ]
        }
    }

    private static func run(_ arguments: [String]) throws {
        let process = try TestProcess.run(arguments)
        guard process.status == 0 else { throw Failure(description: process.told) }
    }
}
