import BuildGraph
import Glibc

// engine build DIRECTORY SOURCES TARGETS COMPILER JOBS   builds the graph that `bench` wrote there
// engine explain … OUTPUT                                says why an output would be made again, or not
// engine measure PROGRAM ARGUMENT…                       prints milliseconds and KiB that it took

func complain(_ text: String) {
    _ = (text + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
}

func fail(_ text: String) -> Never {
    complain(text)
    exit(1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "build":
    let graph = try Graph(steps: Tree(arguments).steps())
    let build = Build(graph: graph, log: "\(arguments[1])/log", jobs: Int(arguments[5]) ?? 1)
    let summary = try await build.run { event in
        guard case .finished(let step, .failed(let output, let status)) = event else { return }
        complain("\(step.name): \(status)\n\(output)")
    }
    print("ran \(summary.ran.count), up to date \(summary.upToDate)")
    exit(summary.isComplete ? 0 : 1)
case "explain":
    let build = Build(
        graph: try Graph(steps: Tree(arguments).steps()), log: "\(arguments[1])/log")
    let explanation = try build.explain(arguments[6])
    switch explanation.verdict {
    case .runs(let reason): print("\(explanation.step.name): \(reason.text())")
    case .upToDate(let evidence): for one in evidence { print(one.text()) }
    }
case "measure": measure(Array(arguments.dropFirst()))
default: fail("engine build|explain|measure: see main.swift")
}

/// It is this process that starts the program and not `bench`, because Linux counts what the parent
/// had as the child's memory, and this one has little.
func measure(_ command: [String]) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    let words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var process: pid_t = 0
    let start = ContinuousClock.now
    guard posix_spawnp(&process, command[0], &actions, nil, words, environ) == 0 else {
        fail("can't start '\(command[0])'")
    }
    var (status, usage) = (Int32(0), rusage())
    guard wait4(process, &status, 0, &usage) == process, status == 0 else {
        fail("'\(command.joined(separator: " "))' failed")
    }
    let time = (ContinuousClock.now - start).components
    let milliseconds = Double(time.seconds) * 1e3 + Double(time.attoseconds) * 1e-15
    print(milliseconds, usage.ru_maxrss)
}
