import Foundation

/// How workers in Swift are compiled for a target: the key `swift` of its file.
public struct EmbeddedSwift: Hashable, Sendable {
    /// The triple as swiftc writes it: `armv7-none-none-eabi`.
    public var triple: String
    /// Arguments of every compilation, that make Swift and C pass values alike.
    public var flags: [String]
    /// The directory of the C library's headers for this architecture, below `lib/libc/include` of
    /// zig.
    public var headers: String

    public init(triple: String, flags: [String] = [], headers: String) {
        self.triple = triple
        self.flags = flags
        self.headers = headers
    }
}

extension Target {
    /// Why workers for this target must be written in C; nil: they may be written in Swift.
    public var reasonForC: String? {
        if swift != nil { return nil }
        switch endianness {
        case .big: return "Embedded Swift has no standard library for big-endian machines"
        case .little: return "Targets/\(name).yaml has no key 'swift'"
        }
    }
}

/// A Swift compiler that was found on this machine.
public struct SwiftToolchain: Hashable, Sendable {
    /// The absolute path of swiftc.
    public var path: String
    /// What the program says its version is.
    public var version: String
    /// `lib/swift` of the toolchain.
    public var resources: String

    public init(path: String, version: String, resources: String) {
        self.path = path
        self.version = version
        self.resources = resources
    }

    /// The tables that String needs for anything but ASCII.
    public func unicodeTables(for swift: EmbeddedSwift) -> String {
        "\(resources)/embedded/\(swift.triple)/libswiftUnicodeDataTables.a"
    }

    /// Whether it has the Embedded standard library for a target.
    public func supports(_ swift: EmbeddedSwift) -> Bool {
        let module = "\(resources)/embedded/Swift.swiftmodule/\(swift.triple).swiftmodule"
        return [module, unicodeTables(for: swift)].allSatisfy {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    /// Whether programs for this machine can have Swift's libraries in themselves.
    public var hasStaticLibraries: Bool {
        let link = "\(resources)_static/linux/static-stdlib-args.lnk"
        return FileManager.default.fileExists(atPath: link)
    }

    /// $MARIONETTE_SWIFTC, or else `swiftc` on PATH. Starts the program to ask, so ask once.
    public static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> SwiftToolchain? {
        let command = environment["MARIONETTE_SWIFTC"] ?? "swiftc"
        for path in Programs.named(command, environment: environment) {
            // Of the frontend: the driver leaves a directory in $TMPDIR each time.
            let files = ToolAnswers.files(ofSwiftc: path)
            guard
                let text = ToolAnswers().output(
                    of: [path, "-frontend", "-print-target-info"], files: files),
                let info = try? JSONDecoder().decode(TargetInfo.self, from: text)
            else { continue }
            return SwiftToolchain(
                path: path, version: info.compilerVersion,
                resources: info.paths.runtimeResourcePath)
        }
        return nil
    }

    private struct TargetInfo: Decodable {
        struct Paths: Decodable { var runtimeResourcePath: String }
        var compilerVersion: String
        var paths: Paths
    }
}

/// Whether workers in Swift can be built here for a target.
public enum SwiftStatus: Hashable, Sendable {
    case buildable(SwiftToolchain)
    /// They must be written in C.
    case onlyC(reason: String)
    /// This machine lacks something.
    case missing(remedy: String)

    public init(of target: Target, with toolchain: SwiftToolchain?) {
        if let reason = target.reasonForC {
            self = .onlyC(reason: reason)
        } else if let toolchain, let swift = target.swift {
            self =
                toolchain.supports(swift)
                ? .buildable(toolchain) : .missing(remedy: Self.remedy(toolchain, swift))
        } else {
            self = .missing(
                remedy: "install Swift 6.3 or later; MARIONETTE_SWIFTC names a swiftc that is"
                    + " elsewhere")
        }
    }

    private static func remedy(_ toolchain: SwiftToolchain, _ swift: EmbeddedSwift) -> String {
        "\(toolchain.version) has no Embedded standard library for \(swift.triple): install one"
            + " that has, and name its swiftc in MARIONETTE_SWIFTC"
    }
}
