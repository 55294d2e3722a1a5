import Foundation

/// Arguments that a compiler's driver hands to the linker.
struct LinkFlags {
    /// The arguments as they are given.
    let flags: [String]
    /// What relative names in them are relative to.
    let directory: String

    init(_ flags: [String], directory: String) {
        self.flags = flags
        self.directory = directory
    }

    /// Parts one list of flags, as users write it, by who has to know each: some concern both, and
    /// a compiler warns of those that are for the linker alone.
    static func split(_ flags: [String]) -> (compiler: [String], linker: [String]) {
        var (compiler, linker): ([String], [String]) = ([], [])
        var rest = flags[...]
        while let flag = rest.popFirst() {
            // Those whose value is a word of its own.
            let value = valued.contains(flag) ? rest.popFirst().map { [$0] } ?? [] : []
            if forLinker.contains(flag) || forLinkerBeginnings.contains(where: flag.hasPrefix) {
                linker += [flag] + value
            } else if forBoth.contains(flag) || forBothBeginnings.contains(where: flag.hasPrefix) {
                compiler += [flag] + value
                linker += [flag] + value
            } else {
                compiler += [flag] + value
            }
        }
        return (compiler, linker)
    }

    private static let forLinker: Set<String> = [
        "-L", "-l", "-T", "-Xlinker", "-z", "-u", "-s", "-rdynamic", "-nostartfiles",
        "-nodefaultlibs", "-static", "-static-pie", "-static-libgcc", "-static-libstdc++",
    ]
    private static let forLinkerBeginnings = ["-Wl,", "-L", "-l", "-fuse-ld="]
    private static let forBoth: Set<String> = [
        "-pg", "-p", "--coverage", "-coverage", "-pthread", "-fopenmp", "-nostdlib",
    ]
    private static let forBothBeginnings = [
        "-fsanitize", "-fno-sanitize", "-fprofile", "-flto", "-fno-lto", "-fopenmp=",
    ]
    private static let valued: Set<String> = [
        "-L", "-l", "-T", "-Xlinker", "-z", "-u", "-I", "-isystem", "-iquote", "-idirafter", "-D",
        "-U", "-include", "-imacros", "-Xclang", "-Xassembler", "-Xpreprocessor", "-x", "-mllvm",
    ]

    /// The files that the linker reads because of them, as far as they exist: archives, by `-L` and
    /// `-l`, and files that are named, such as a linker's script.
    var files: [String] {
        var (directories, names, words): ([String], [String], [String]) = ([], [], [])
        var rest = flags[...]
        while let flag = rest.popFirst() {
            if flag == "-L" || flag == "-l" || flag == "-T" || flag == "-Xlinker" {
                let value = rest.popFirst() ?? ""
                switch flag {
                case "-L": directories.append(value)
                case "-l": names.append(value)
                default: words.append(value)
                }
            } else if flag.hasPrefix("-L") {
                directories.append(String(flag.dropFirst(2)))
            } else if flag.hasPrefix("-l") {
                names.append(String(flag.dropFirst(2)))
            } else if flag.hasPrefix("-Wl,") {
                words += flag.split(separator: ",").dropFirst().map(String.init)
            } else {
                words.append(flag)
            }
        }
        let archives = names.flatMap { name in
            directories.map { directory in
                // As GNU ld has it: `-l:NAME` is the file's whole name.
                name.hasPrefix(":")
                    ? "\(directory)/\(name.dropFirst())" : "\(directory)/lib\(name).a"
            }
        }
        return OptionFiles(directory: directory).named(by: words + archives)
    }
}
