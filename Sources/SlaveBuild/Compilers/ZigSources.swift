import BuildGraph
import Foundation

/// The files that a source in Zig takes in: zig writes no list of them.
struct ZigSources {
    let directory: String

    /// Of `@import("x.zig")` and `@embedFile("x")`, and of what these take in.
    func closure(of source: String) -> [String] {
        var found: [String] = []
        var pending = [source]
        while let path = pending.popLast() {
            guard !found.contains(path),
                let text = try? String(contentsOfFile: path, encoding: .utf8)
            else { continue }
            found.append(path)
            let base = URL(fileURLWithPath: path).deletingLastPathComponent()
            for match in text.matches(of: /@(import|embedFile)\("([^"\n]+)"\)/) {
                let name = String(match.output.2)
                let file = base.appending(path: name).standardizedFileURL.path
                guard match.output.1 == "embedFile" || name.hasSuffix(".zig") else { continue }
                if match.output.1 == "import" { pending.append(file) } else { found.append(file) }
            }
        }
        return found.filter { FileManager.default.fileExists(atPath: $0) }
    }
}

extension Compiler {
    /// Compiles a source in Zig. Without debugging information: zig can't leave out where it lies.
    func compileZig(_ source: String, to object: String, scans sources: ZigSources) -> Step {
        let model = target.flags.filter { $0.hasPrefix("-mcpu=") }
        return Step(
            name: "", group: target.architecture, inputs: sources.closure(of: source),
            outputs: [object],
            action: .command(
                command(
                    [toolchain.path, "build-obj", "-target", target.triple] + model
                        + [
                            // With more jobs the order of functions differs from time to time.
                            "-O", "ReleaseSafe", "-fstrip", "-lc", "-j1",
                            "-femit-bin=\(relative(object))",
                            relative(source),
                        ])))
    }
}
