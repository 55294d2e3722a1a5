import Console
import Foundation
import Marionette

/// A program that prints as a test's script says: one step a line, bytes in hexadecimal digits.
///
///     out BYTES, err BYTES    write(2) to standard output, standard error
///     put BYTES               C's buffered output
///     child BYTES             by a child process
///     work COUNT MS           so many operations of so many milliseconds
///     tell BYTES              an operation that writes these to its slave's log
///     log TEXT                an operation that writes a line to its slave's log
///     wait FILE COLUMNS       makes FILE.ready and goes on when there is FILE, and standard output
///                             so wide (0: however wide)
///     read                    a line of standard input, printed between brackets
///     flood COUNT             so many lines of 100 characters
///     kill                    SIGKILL, at once
///     fail                    exit(3), at once
struct ScreenProgram {
    let steps: [[String]]

    init(path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        steps = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    /// Executes this program again behind the bridge, as `marionette run` does; returns where that
    /// was done, or nobody asks for it.
    static func goBehindBridge() {
        guard let path = getenv("TRIAL_BRIDGE").map({ String(cString: $0) }) else { return }
        // Whether a line of the log comes before the end of the program's must not depend on how busy
        // the machine is.
        StatusBoard.standard.putBridge([path, "terminal-bridge", "--patience", "1000"])
        unsetenv("TRIAL_BRIDGE")
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
    }

    /// - Parameter client: nil: as a program without Marionette.
    func run(_ client: TrialClient?) async throws {
        for step in steps {
            let prints = ["out", "err", "put", "child", "tell"].contains(step[0])
            let bytes = prints ? Self.bytes(step[1]) : []
            switch step[0] {
            case "out": FileHandle.standardOutput.write(Data(bytes))
            case "err": FileHandle.standardError.write(Data(bytes))
            case "put": print(String(decoding: bytes, as: UTF8.self), terminator: "")
            case "child": try Self.runChild(bytes)
            case "work":
                guard let client else { continue }
                let count = Int32(step[1]) ?? 0
                for try await _ in client.square(
                    each: 0..<count, milliseconds: UInt32(step[2]) ?? 0)
                {}
            case "tell": try await client?.tell(String(decoding: bytes, as: UTF8.self))
            case "log": try await client?.tell(step[1])
            case "wait": try await Self.wait(for: step[1], columns: Int(step[2]) ?? 0)
            case "read": print("[\(readLine() ?? "")]")
            case "flood":
                for number in 0..<(Int(step[1]) ?? 0) {
                    print("\(number) " + String(repeating: "x", count: 90))
                }
            case "kill": kill(getpid(), SIGKILL)
            case "fail": exit(3)
            default: throw CocoaError(.featureUnsupported)
            }
        }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits.utf8 {
            let value = digit < 0x40 ? digit - 0x30 : digit - 0x57
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func runChild(_ bytes: [UInt8]) throws {
        let text = bytes.map { "\\" + String($0 >> 6) + String($0 >> 3 & 7) + String($0 & 7) }
        // Foundation's Process waits for a run loop.
        let command = ["sh", "-c", "printf '\(text.joined())'"]
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/bin/sh", nil, nil, &words, environ) == 0 else {
            throw CocoaError(.executableLoad)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    private static func wait(for path: String, columns: Int) async throws {
        try Data().write(to: URL(fileURLWithPath: path + ".ready"))
        var size = winsize()
        while !FileManager.default.fileExists(atPath: path)
            || ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
                && ![0, Int(size.ws_col)].contains(columns)
        {
            // The test makes it when it has seen what it waits for.
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
