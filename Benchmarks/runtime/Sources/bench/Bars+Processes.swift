import Foundation
import Programs
import RunRecords

/// Running the C program, and masters in processes of their own.
extension Bars {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private var master: String { beside("master") }

    /// A program that was built with this one.
    private func beside(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    func limit(_ arguments: String...) throws -> Double {
        let process = try start("\(directory)/limit", arguments)
        return try numbers(of: process, "limit \(arguments)")[0]
    }

    /// Tasks that end in a second without any run.
    func resumes(_ count: String) throws -> Double {
        let process = try start(beside("resumes"), [count])
        return try numbers(of: process, "resumes \(count)")[0]
    }

    func run(_ program: Program, hosts: Int = 1, workers: Int = 2) throws -> [Double] {
        try withRun(hosts: hosts, workers: workers) { path in
            let arguments = [program.rawValue, String(hosts * workers)]
            let process = try start(master, arguments, run: path)
            return try numbers(of: process, program.rawValue)
        }
    }

    /// With the bytes that were sent to 8 workers in one host.
    func runCounting(_ program: Program) throws -> (numbers: [Double], sent: Double) {
        try withRun(hosts: 1, workers: 8) { path in
            let process = try start(master, [program.rawValue], run: path)
            let numbers = try numbers(of: process, program.rawValue)
            let log = URL(fileURLWithPath: path).deletingLastPathComponent()
                .appendingPathComponent("events.jsonl")
            var sent: UInt64 = 0
            for case .hostProgress(let progress) in try EventLogReader(path: log.path).map(
                \.content)
            {
                sent = progress.sent
            }
            return (numbers, Double(sent))
        }
    }

    /// From the moment before the process is made.
    func secondsToFirstResult(_ workers: Int) throws -> Double {
        try withRun(hosts: 1, workers: workers) { path in
            let clock = ContinuousClock()
            let begun = clock.now
            let (process, output) = try start(
                master, [Program.start.rawValue], run: path)
            _ = try output.read(upToCount: 1)
            let span = clock.now - begun
            _ = try numbers(of: (process, output), Program.start.rawValue)
            return span / .seconds(1)
        }
    }

    private func withRun<Result>(
        hosts: Int, workers: Int, _ body: (_ path: String) throws -> Result
    ) throws -> Result {
        let place = FileManager.default.temporaryDirectory
            .appendingPathComponent("marionette-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let digits = Bench.interface.hash.map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        let description = RunDescription(
            application: "bench", interfaceHash: digits.joined(), directory: place.path,
            hosts: (1...hosts).map { number in
                RunDescription.HostDescription(
                    name: "h\(number)", target: "here", endpoint: .local,
                    command: ["\(directory)/slave"], workers: workers)
            })
        let path = place.appendingPathComponent("run.json").path
        try description.write(to: path)
        return try body(path)
    }

    private func start(
        _ program: String, _ arguments: [String], run: String? = nil
    ) throws -> (Process, FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        if let run {
            process.environment = ProcessInfo.processInfo.environment
                .merging([runVariable: run]) { $1 }
            // The table of hosts; what failed is told by the exit code.
            process.standardError = FileHandle.nullDevice
        }
        try process.run()
        return (process, output.fileHandleForReading)
    }

    private func numbers(
        of running: (process: Process, output: FileHandle), _ name: String
    ) throws -> [Double] {
        let text = String(decoding: try running.output.readToEnd() ?? Data(), as: UTF8.self)
        running.process.waitUntilExit()
        guard running.process.terminationStatus == 0 else {
            throw Failure(
                description: "'\(name)' ended with \(running.process.terminationStatus)")
        }
        return text.split(separator: "\n").compactMap { Double($0) }
    }
}
