import BuildGraph
import Foundation
import Inventory
import Synchronization
import TestKit
import Testing

@testable import SlaveBuild

/// Where SwiftPM builds a master.
@Suite(.timeLimit(.minutes(10))) struct MasterScratchTests {
    private static func scratch(
        _ package: String?, in name: String = "p", cache: String = "/home/a/.cache/marionette"
    ) throws -> MasterScratch {
        let base = try TemporaryDirectory("scratch")
        let directory = "\(base.path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        if let package {
            try Data(package.utf8).write(to: URL(fileURLWithPath: "\(directory)/Package.swift"))
        }
        return MasterScratch(directory: directory, cache: cache)
    }

    /// As `marionette init` writes it.
    private static func package(_ dependencies: String) -> String {
        """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "p",
            dependencies: [\(dependencies)],
            targets: [
                .executableTarget(
                    name: "p", dependencies: [.product(name: "Marionette", package: "marionette")])
            ]
        )
        """
    }

    @Test func `projects of the same packages share a directory`() throws {
        let text = Self.package(#".package(name: "marionette", path: "/opt/m")"#)
        let first = try Self.scratch(text)
        #expect(first.place == .shared)
        #expect(first.path.hasPrefix("/home/a/.cache/marionette/swift/"))
        #expect(try Self.scratch(text) == first)
        #expect(try Self.scratch(text, in: "feature%2Fx") == first)
        // The name is no matter, nor how the path is written.
        #expect(try Self.scratch(Self.package(#".package( path: "/opt/./x/../m" )"#)) == first)
        let other = try Self.scratch(
            Self.package(
                #".package(name: "marionette", path: "/opt/m"), .package(path: "/opt/other")"#))
        #expect(other.place == .shared)
        #expect(other != first)
    }

    @Test func `only debug compiles a master without optimisation, beside the others`() {
        let all = Profile.allCases.map { MasterScratch(directory: "/nowhere", profile: $0) }
        #expect(Set(all.map(\.path)).count == 1)
        let configurations = zip(Profile.allCases, all.map(\.configuration))
        #expect(configurations.filter { $0.1 == .debug }.map(\.0) == [.debug])
    }

    @Test func `a relative path is the project's`() throws {
        let text = Self.package(#".package(name: "marionette", path: "../m")"#)
        #expect(try Self.scratch(text) != Self.scratch(text))
        #expect(
            MasterScratch.localPackages(of: text, in: "/home/a/p") == ["/home/a/m"])
        #expect(
            MasterScratch.localPackages(
                of: Self.package(#".package(path: "../../m")"#), in: "/home/a/x/p") == ["/home/a/m"]
        )
    }

    @Test(arguments: [
        #".package(url: "https://example.org/a", from: "1.0.0")"#,
        #".package(path: "/opt/m"), .package(url: "https://example.org/a", from: "1.0.0")"#,
        #".package(path: place + "/m")"#, #".package(path: "\(place)/m")"#,
        #".package(id: "a.b", from: "1.0.0")"#, "",
    ])
    func `what may not be shared is built in the project`(dependencies: String) throws {
        let scratch = try Self.scratch(Self.package(dependencies))
        #expect(scratch.place == .project)
        #expect(scratch.path.hasSuffix("/p/.build"))
        // Where LLVM can't write, in a directory of its own.
        let elsewhere = try Self.scratch(Self.package(dependencies), in: "feature%2Fx")
        #expect(elsewhere.place == .own)
        #expect(!elsewhere.path.contains("%"))
    }

    @Test func `a program with resources keeps them beside it`() throws {
        let text = Self.package(#".package(path: "/opt/m")"#)
            .replacing(
                "dependencies: [.product",
                with: "resources: [.copy(\"x\")], dependencies: [.product")
        #expect(try Self.scratch(text).place == .project)
        #expect(try Self.scratch(nil).place == .project)
    }

    @Test func `a cache whose path LLVM can't write to is not shared`() {
        let scratch = MasterScratch(directory: "/nowhere", cache: "/home/100%/.cache")
        #expect(scratch.place == .project)
    }

    /// Each has a program of that name, which the others overwrite.
    @Test(arguments: seedsOfThisRun(3))
    func `projects that build at once have a master each, their own`(seed: UInt64) async throws {
        var random = SeededNumbers(seed)
        let base = try TemporaryDirectory("scratch")
        let waits = Waits()
        let count = random.within(2...8)
        let pauses = (0..<count).map { _ in Double(random.below(60)) / 1_000 }
        let profiles = pauses.map { _ in Profile.allCases.randomElement(using: &random)! }
        let all = try Self.scratch(
            Self.package(#".package(path: "/opt/m")"#), cache: "\(base.path)/cache")
        try await withThrowingTaskGroup(of: Void.self) { group in
            // None begins before all wait.
            let held = try FileLock(path: all.lock)
            for (number, (pause, profile)) in zip(pauses, profiles).enumerated() {
                group.addTask {
                    let directory = "\(base.path)/\(number)"
                    let program = "\(directory)/.marionette/build/master/p"
                    for folder in [directory, "\(directory)/.marionette/build/master"] {
                        try FileManager.default.createDirectory(
                            atPath: folder, withIntermediateDirectories: true)
                    }
                    try Data(Self.package(#".package(path: "/opt/m")"#).utf8)
                        .write(to: URL(fileURLWithPath: "\(directory)/Package.swift"))
                    let scratch = MasterScratch(
                        directory: directory, profile: profile, cache: "\(base.path)/cache")
                    let script =
                        "mkdir -p '\(scratch.products)' && cd '\(scratch.products)'"
                        + " && echo \(number) >p && sleep \(pause) && echo \(number) >>p"
                    var step = Step(
                        name: "master", inputs: [], outputs: [program],
                        action: .command(Step.Command(arguments: ["sh", "-c", script])))
                    step.isDelegated = true
                    let executor = MasterExecutor(
                        scratch: scratch, temporaryDirectory: base.path, onWait: waits.add)
                    for _ in 0..<3 {
                        let outcome = await executor.execute(step)
                        #expect(outcome == .succeeded(output: "", written: []), "seed \(seed)")
                        let made = try String(contentsOfFile: program, encoding: .utf8)
                        #expect(made == "\(number)\n\(number)\n", "seed \(seed)")
                    }
                }
            }
            while waits.all.count < count { try await Task.sleep(for: .milliseconds(5)) }
            _ = consume held
            try await group.waitForAll()
        }
    }

    /// What was waited for, as several tasks say.
    private final class Waits: Sendable {
        private let state = Mutex<[LockHolder]>([])
        var all: [LockHolder] { state.withLock { $0 } }
        func add(_ holder: LockHolder) { state.withLock { $0.append(holder) } }
    }

    @Test func `who waits for another project's master is told, and can be interrupted`()
        async throws
    {
        let base = try TemporaryDirectory("scratch")
        let path = "\(base.path)/lock"
        let held = try await FileLock.take(path) { _ in }
        let waits = Waits()
        let waiting = Task { try await Self.takes(path, waits) }
        while waits.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(waits.all.first?.process == getpid())
        waiting.cancel()
        #expect(try await !waiting.value)
        _ = consume held
        #expect(try await Self.takes(path, waits))
    }

    /// Whether the lock was had; it is given back.
    private static func takes(
        _ path: String, _ waits: Waits
    ) async throws -> Bool {
        guard let lock = try await FileLock.take(path, onWait: waits.add) else { return false }
        _ = consume lock
        return true
    }

    @Test func `a master that can't be taken out fails with the path`() async throws {
        let base = try TemporaryDirectory("scratch")
        let directory = "\(base.path)/p"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try Data(Self.package(#".package(path: "/opt/m")"#).utf8)
            .write(to: URL(fileURLWithPath: "\(directory)/Package.swift"))
        let scratch = MasterScratch(directory: directory, cache: "\(base.path)/cache")
        var step = Step(
            name: "master", inputs: [], outputs: ["\(directory)/p"],
            action: .command(Step.Command(arguments: ["true"])))
        step.isDelegated = true
        let outcome = await MasterExecutor(
            scratch: scratch, temporaryDirectory: base.path, onWait: { _ in }
        ).execute(step)
        guard case .failed(let output, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(output.contains("can't copy the master '\(scratch.path)/release/p'"), "\(output)")
    }

    @Test
    func `a shared directory that no project used for a month is removed, unless it is in use`()
        throws
    {
        let base = try TemporaryDirectory("scratch")
        let directory = "\(base.path)/p"
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(Self.package(#".package(path: "/opt/m")"#).utf8)
            .write(to: URL(fileURLWithPath: "\(directory)/Package.swift"))
        let scratch = MasterScratch(directory: directory, cache: "\(base.path)/cache")
        let others = ["shared-old", "shared-held", "shared-young"].map {
            "\(base.path)/cache/swift/\($0)"
        }
        let now = Date()
        for path in others + [scratch.path] {
            try files.createDirectory(
                atPath: "\(path)/release", withIntermediateDirectories: true)
            let isYoung = path.hasSuffix("young")
            let used = now.addingTimeInterval(-MasterScratch.keptFor + (isYoung ? 60 : -60))
            try Data().write(to: URL(fileURLWithPath: "\(path).lock"))
            try files.setAttributes([.modificationDate: used], ofItemAtPath: "\(path).lock")
        }
        let held = try FileLock(path: "\(others[1]).lock")
        scratch.noteUse(now: now)
        let kept = others.map { files.fileExists(atPath: $0) }
        #expect(kept == [false, true, true])
        #expect(files.fileExists(atPath: scratch.path))
        let used = try files.attributesOfItem(atPath: scratch.lock)[.modificationDate] as? Date
        #expect(abs(try #require(used).timeIntervalSince(now)) < 1)
        _ = consume held
    }

    @Test
    func `SwiftPM's temporary directory has one path for all builds, and is never another's`()
        throws
    {
        let base = try TemporaryDirectory("temporaries")
        let files = FileManager.default
        let first = try #require(SwiftPMTemporaries(in: base.path, scratch: "/a/.build"))
        let other = try #require(SwiftPMTemporaries(in: base.path, scratch: "/b/.build"))
        #expect(first.path != other.path)
        // What a build that was killed left.
        try Data().write(to: URL(fileURLWithPath: "\(first.path)/left"))
        let next = try #require(SwiftPMTemporaries(in: base.path, scratch: "/a/.build"))
        #expect(next.path == first.path)
        next.remove()
        #expect(!files.fileExists(atPath: first.path))

        try files.createDirectory(
            atPath: first.path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o777])
        #expect(SwiftPMTemporaries(in: base.path, scratch: "/a/.build") == nil)
        try files.removeItem(atPath: first.path)
        try files.createSymbolicLink(atPath: first.path, withDestinationPath: other.path)
        #expect(SwiftPMTemporaries(in: base.path, scratch: "/a/.build") == nil)
        other.remove()
    }

    @Test func `the user's cache is where XDG_CACHE_HOME says, if that is a place`() {
        #expect(UserCache.directory(named: "/var/tmp/c") == "/var/tmp/c/marionette")
        for other in [nil, "", "relative", "./c"] {
            #expect(UserCache.directory(named: other) == "\(NSHomeDirectory())/.cache/marionette")
        }
    }

    @Test func `a lock that can't be had says why`() async throws {
        let base = try TemporaryDirectory("lock")
        try Data().write(to: URL(fileURLWithPath: "\(base.path)/file"))
        let error = await #expect(throws: GraphError.self) {
            _ = try await FileLock.take("\(base.path)/file/cache/lock") { _ in }
        }
        let text = try #require(error).diagnostic.rendered
        #expect(
            text.hasPrefix("error: can't lock '\(base.path)/file/cache/lock': can't make"),
            "\(text)")
    }
}
