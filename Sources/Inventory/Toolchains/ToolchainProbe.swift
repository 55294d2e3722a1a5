import Foundation

/// Whether a compiler that is here makes programs for a target, and such as its file says.
///
/// That a program says its version proves nothing of a target: zig parses triples for which it has
/// no code generator, no C library, or nothing that a slave needs. What tells is to compile a small
/// program with the headers and the operations that are particular to slaves, and to link it. For
/// zig it is linked without the C library, which takes a tenth of a second; with it would take up to
/// a minute, since zig compiles the library first. `zig targets` says less: it lists libraries of
/// targets that zig has no code generator for. `zig libc` took minutes.
struct ToolchainProbe {
    let target: Target
    let recipe: TargetRecipe
    let toolchain: Toolchain
    /// Where it is kept that zig can: that depends on its version and on the target's file alone. That
    /// it can't may have had another reason, such as a full disk. What gcc and clang link with are
    /// other packages, so they are tried each time.
    var cache = "\(UserCache.directory)/targets"

    private static let source = """
        #define _GNU_SOURCE
        #if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) != MARIONETTE_BIG
        #error the order of bytes is not that of the target's file
        #endif
        #include <stdio.h>
        #include <poll.h>
        #include <sys/mman.h>
        #include <sys/wait.h>
        #include <unistd.h>
        _Static_assert(sizeof(void *) * 8 == MARIONETTE_BITS, "words have not the bits of the target's file");
        static int word;
        int main(void)
        {
            int expected = POLLIN;
            return __atomic_compare_exchange_n(&word, &expected, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        }

        """

    /// Why it can't build the target; nil: it can.
    func reason() -> String? {
        guard recipe.toolchain == .zig else { return probe() }
        let key = ([toolchain.told] + commands.compile + commands.link).joined(separator: "\n")
        let file = "\(cache)/\(recipe.triple)-\(Self.hash(key + Self.source))"
        if (try? String(contentsOfFile: file, encoding: .utf8)) == key { return nil }
        let reason = probe()
        if reason == nil {
            // A cache that can't be written costs the time of another probe.
            try? FileManager.default.createDirectory(
                atPath: cache, withIntermediateDirectories: true)
            try? key.write(toFile: file, atomically: true, encoding: .utf8)
        }
        return reason
    }

    /// To compile, and to link.
    private var commands: (compile: [String], link: [String]) {
        let start = toolchain.start(recipe) + ["-w"]
        let facts = [
            "-DMARIONETTE_BIG=\(target.endianness == .big ? 1 : 0)",
            "-DMARIONETTE_BITS=\(target.wordBits)",
        ]
        let isZig = recipe.toolchain == .zig
        // What zig adds where nothing is optimized stands in a library that is not linked here.
        let plain = isZig ? ["-O1", "-fno-sanitize=all", "-fno-stack-protector"] : []
        let library =
            isZig
            ? ["-nostdlib", "-Wl,-e,main"] : recipe.link == .static ? ["-static"] : []
        // The standard of the target may be one without assertions.
        return (
            start + facts + ["-std=gnu11"] + plain + ["-c", "probe.c", "-o", "probe.o"],
            start + library + ["probe.o", "-o", "probe"]
        )
    }

    private func probe() -> String? {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "marionette-probe-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            try Self.source.write(
                toFile: "\(directory)/probe.c", atomically: true, encoding: .utf8)
        } catch {
            return "can't write '\(directory)': \(Inventory.reason(of: error))"
        }
        let (compile, link) = commands
        if let text = Self.failure(of: compile, in: directory) {
            return Self.reason(in: text, recipe)
        }
        guard isELF("\(directory)/probe.o") else {
            return "it makes no ELF files, which slaves have to be"
        }
        return Self.failure(of: link, in: directory).map { Self.reason(in: $0, recipe) }
    }

    /// A slave is stripped, and known by its build-id, as ELF has it.
    private func isELF(_ path: String) -> Bool {
        let handle = FileHandle(forReadingAtPath: path)
        return (try? handle?.read(upToCount: 4)) == Data([0x7f, 0x45, 0x4c, 0x46])
    }

    /// What a command that failed printed; nil: it did not fail.
    static func failure(of command: [String], in directory: String) -> String? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging([
            "ZIG_GLOBAL_CACHE_DIR": UserCache.zig, "ZIG_LOCAL_CACHE_DIR": UserCache.zig,
            "LC_ALL": "C",
        ]) { $1 }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { return "error: it can't be started" }
        let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return nil }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// The reason in what a compiler or linker printed, in words where it is known what it means.
    static func reason(in output: String, _ recipe: TargetRecipe) -> String {
        let lines = output.split(separator: "\n")
        let line = lines.first { $0.contains("error: ") || $0.contains("undefined reference") }
        guard let line = line ?? lines.first else { return "its compiler fails without a word" }
        let text = line.firstRange(of: "error: ").map { line[$0.upperBound...] } ?? line
        if text.contains("stdio.h") { return "there is no C library for '\(recipe.triple)'" }
        for header in ["poll.h", "mman.h", "wait.h", "unistd.h"] where text.contains(header) {
            return "slaves need POSIX, and '\(recipe.triple)' lacks '\(header)'"
        }
        if text.contains("__sync_") || text.contains("__atomic_") {
            return "its processor has no atomic operations, and the library lacks them"
        }
        if text.contains("create target") { return "it makes no code for '\(recipe.triple)'" }
        return String(text)
    }

    /// FNV-1a, for the name of a file whose content says what it is about.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return String(value, radix: 16)
    }
}

extension Toolchain {
    /// The beginning of every command line: the program, the target and its flags.
    ///
    /// - Parameter isCxx: for C++, where the standard that targets name, one of C, is left out.
    public func start(_ recipe: TargetRecipe, isCxx: Bool = false) -> [String] {
        let flags = recipe.flags.filter { !isCxx || !$0.hasPrefix("-std=") }
        let program = isCxx ? cxxPath ?? path : path
        switch kind {
        case .zig: return [path, isCxx ? "c++" : "cc", "-target", recipe.triple] + flags
        case .gcc: return [program] + flags
        case .clang: return [program, "--target=\(recipe.triple)"] + flags
        }
    }
}
