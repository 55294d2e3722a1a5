import Foundation

/// Sources and headers in a directory, described to ninja; `engine` knows the same graph.
///
/// Each source includes a header of its own and twenty of forty that all share.
struct Project {
    let directory: String
    let sources: Int
    let targets: Int
    /// `cc`: a real compiler; `sh`: a script that reads the source's header and writes the object and
    /// the depfile, so that what is measured is not the compiler.
    let compiler: String
    let jobs: Int

    private static let shared = 40
    private static let included = 20

    /// - Parameter root: the directory gets a name in there.
    init(in root: String, sources: Int, targets: Int, compiler: String, jobs: Int) {
        directory = "\(root)/\(compiler)-\(sources)x\(targets)"
        self.sources = sources
        self.targets = targets
        self.compiler = compiler
        self.jobs = jobs
    }

    func engine(_ program: String) -> [String] {
        [program, "build", directory, "\(sources)", "\(targets)", compiler, "\(jobs)"]
    }

    var ninja: [String] { ["ninja", "-C", directory, "-j", "\(jobs)", "--quiet"] }

    func write() throws {
        for name in ["src", "own", "inc"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        for header in 0..<Self.shared {
            try put("int shared\(header)(int);\n", "inc/shared\(header).h")
        }
        for source in 0..<sources {
            try put("#define VALUE 0\n", "own/file\(source).h")
            try put(text(of: source), "src/file\(source).c")
        }
        try put(
            """
            read -r headers <"$1"
            read -r own <"$3"
            echo "$2: $1 $3 $headers" >"$2.d"
            echo "$own" >"$2"

            """, "compile.sh")
        try put("xargs cat <\"$2\" >\"$1\"\n", "link.sh")
        for target in 0..<targets {
            let objects = (0..<sources).map { "\(directory)/out/target\(target)/file\($0).o" }
            try put(objects.joined(separator: "\n") + "\n", "target\(target).list")
        }
        try put(manifest, "build.ninja")
    }

    /// Another content of one source's header.
    func changeHeader(round: Int) throws {
        try put("#define VALUE \(round)\n", "own/file\(sources / 2).h")
    }

    /// What builds made.
    func clean() throws {
        for name in ["out", "log", ".ninja_log", ".ninja_deps"] {
            let path = "\(directory)/\(name)"
            if FileManager.default.fileExists(atPath: path) {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    private func text(of source: Int) -> String {
        let headers = (0..<Self.included).map { "shared\((source + $0) % Self.shared).h" }
        guard compiler == "cc" else {
            return headers.map { "\(directory)/inc/\($0)" }.joined(separator: " ") + "\n"
        }
        return headers.map { "#include \"\($0)\"\n" }.joined()
            + """
            #include "file\(source).h"
            int file\(source)(int x) { return shared\(source % Self.shared)(x) + VALUE; }

            """
    }

    private var manifest: String {
        var text: String
        if compiler == "cc" {
            text = """
                rule compile
                  command = cc -c $in -o $out -MMD -MF $out.d -I\(directory)/inc -I\(directory)/own
                  depfile = $out.d
                  deps = gcc
                rule link
                  command = cc -shared -o $out @$list

                """
        } else {
            text = """
                rule compile
                  command = /bin/sh \(directory)/compile.sh $in $out $own
                  depfile = $out.d
                  deps = gcc
                rule link
                  command = /bin/sh \(directory)/link.sh $out $list

                """
        }
        for target in 0..<targets {
            let out = "\(directory)/out/target\(target)"
            for source in 0..<sources {
                text += "build \(out)/file\(source).o: compile \(directory)/src/file\(source).c\n"
                if compiler != "cc" { text += "  own = \(directory)/own/file\(source).h\n" }
            }
            let objects = (0..<sources).map { "\(out)/file\($0).o" }.joined(separator: " ")
            text +=
                "build \(out)/program: link \(objects)\n  list = \(directory)/target\(target).list\n"
        }
        return text
    }

    private func put(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
    }
}
