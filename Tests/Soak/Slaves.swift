import Foundation
import Marionette
import RunRecords
import TestKit
import Transport

/// The slaves of the soak: compiled for this machine and for the hosts of the cluster, brought there,
/// with a file for each host.
final class Slaves {
    let directory: String
    /// In the command line of each of their processes, and of no others.
    let tag: String
    /// Hosts of the cluster that have one.
    private(set) var cluster: [String] = []
    private var configuration = ""
    private static let targets = [
        "xeon": "x86_64-linux-musl", "pi64": "aarch64-linux-musl", "pi32": "arm-linux-musleabihf",
        "mainframe": "s390x-linux-musl",
    ]

    /// - Parameters:
    ///   - sanitizes: those of this machine find faults of memory as they happen.
    ///   - flags: further ones of the compiler.
    init(in directory: String, sanitizes: Bool, flags: [String] = []) throws {
        self.directory = directory
        tag = URL(fileURLWithPath: directory).lastPathComponent
        try FileManager.default.createDirectory(
            atPath: "\(directory)/slaves", withIntermediateDirectories: true)
        let compiler =
            ["cc", "-g"] + (sanitizes ? ["-fsanitize=address,undefined", "-O1"] : ["-O2"]) + flags
        try Self.compile(compiler, to: "\(directory)/slaves/h1")
        for other in ["h2", "h3"] {
            try FileManager.default.linkItem(
                atPath: "\(directory)/slaves/h1", toPath: "\(directory)/slaves/\(other)")
        }
    }

    /// Brings slaves to the hosts of a cluster that is up. Without zig there are none for them.
    func join(_ cluster: TestCluster) throws {
        guard let zig = Self.zig else { return }
        configuration = cluster.configuration
        for host in cluster.isEmulated ? TestCluster.hosts : ["xeon"] {
            guard let target = Self.targets[host] else { continue }
            let file = "\(directory)/slaves/\(host)"
            try Self.compile([zig, "cc", "-O2", "-static", "-target", target], to: file)
            let place = "/tmp/\(tag)/slaves"
            let push = try TestProcess.run(
                [
                    "sh", "-c",
                    """
                    ssh -F "$1" "$2" "mkdir -p $3 && cat > $3/$2 && chmod 700 $3/$2" < "$4"
                    """, "sh", configuration, host, place, file,
                ], within: 900)
            guard push.status == 0 else { throw TestProcess.Failure(description: push.told) }
            self.cluster.append(host)
        }
    }

    func description(_ host: SoakSetup.Host) -> RunDescription.HostDescription {
        let isFar = host.cluster != nil
        return RunDescription.HostDescription(
            name: host.name, target: "here",
            endpoint: isFar
                ? .ssh(SSHDestination(host: host.name, configuration: configuration)) : .local,
            command: [(isFar ? "/tmp/\(tag)" : directory) + "/slaves/\(host.name)"],
            workers: host.workers)
    }

    /// What a host's user code appended to a file; each of its lines.
    func lines(of path: String, clusterDirectory: String?) -> [Substring] {
        var files = [path]
        if let clusterDirectory {
            files += cluster.map { "\(clusterDirectory)/hosts/\($0)/root\(path)" }
        }
        return files.flatMap { file in
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(atPath: file)
            return text.split(separator: "\n")
        }
    }

    func remove() {
        for host in cluster {
            _ = try? TestProcess.run(
                ["ssh", "-F", configuration, host, "rm -rf /tmp/\(tag)"], within: 300)
        }
    }

    private static func compile(_ compiler: [String], to output: String) throws {
        let tests = "\(Checkout.root)/Tests"
        let caches = "\(NSHomeDirectory())/.cache/marionette/zig"
        let tool = try TestProcess.run(
            compiler + [
                "-std=c99", SlaveSources.headers, "-I\(tests)/CSoak/include", "-o", output,
                "\(tests)/Soak/Worker/soak.c",
            ] + SlaveSources.all,
            environment: ["ZIG_GLOBAL_CACHE_DIR": caches, "ZIG_LOCAL_CACHE_DIR": caches],
            within: 600)
        guard tool.status == 0 else { throw TestProcess.Failure(description: tool.told) }
    }

    private static var zig: String? {
        if let named = ProcessInfo.processInfo.environment["MARIONETTE_ZIG"] { return named }
        let library = "\(Checkout.root)/.tools/venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
        return versions.map { "\(library)/\($0)/site-packages/ziglang/zig" }
            .first(where: FileManager.default.isExecutableFile)
    }
}
