import BuildGraph
import Foundation

/// What a program of a target takes in memory, and what is known of the last time it was asked.
public struct MeasuredProgram: Hashable, Sendable {
    public var target: String
    /// `slave`, or a program's name.
    public var name: String
    public var sizes: ProgramSizes
    /// nil: it was not measured before.
    public var before: ProgramSizes?
    /// The path of the map.
    public var map: String

    public init(
        target: String, name: String, sizes: ProgramSizes, before: ProgramSizes?, map: String
    ) {
        (self.target, self.name, self.sizes) = (target, name, sizes)
        (self.before, self.map) = (before, map)
    }
}

extension ApplicationBuild {
    /// Writes a map of every slave and program that was built, beside the unstripped file, and notes
    /// their sizes for the next time.
    ///
    /// No linker's map: zig's writes none to a file. What is in the unstripped file is the same for
    /// every toolchain, and nothing has to be linked again.
    public func writeMaps() throws(SlaveBuildError) -> [MeasuredProgram] {
        var measured: [MeasuredProgram] = []
        for target in targets.map(\.name) {
            let notes = "\(paths.target(target))/sizes"
            let old = Self.read(notes)
            let programs = manifest.programs.filter { $0.isFor(target) }.map(\.name)
            let elves =
                [("slave", paths.elf(target))]
                + programs.map { ($0, paths.programElf(target, $0)) }
            var lines: [String] = []
            // The slave's name may be a program's, too.
            for (index, (name, elf)) in elves.enumerated() {
                guard FileManager.default.fileExists(atPath: elf) else { continue }
                let key = index == 0 ? "/" : name
                let map = "\(elf.dropLast(4)).map"
                let sections: ElfSections
                do {
                    sections = try ElfSections([UInt8](Data(contentsOf: URL(filePath: elf))))
                    try writeAtomically(try sections.map().utf8, to: map)
                } catch {
                    throw .productUnreadable(path: elf)
                }
                let sizes = sections.sizes
                measured.append(
                    MeasuredProgram(
                        target: target, name: name, sizes: sizes, before: old[key], map: map))
                lines.append("\(key) \(sizes.text) \(sizes.data) \(sizes.bss)\n")
            }
            // Without it the next table has no changes.
            try? writeAtomically(lines.joined().utf8, to: notes)
        }
        return measured
    }

    private static func read(_ file: String) -> [String: ProgramSizes] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        var found: [String: ProgramSizes] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { Int($0) }
            guard words.count == 4, numbers.count == 3 else { continue }
            found[String(words[0])] = ProgramSizes(
                text: numbers[0], data: numbers[1], bss: numbers[2])
        }
        return found
    }
}
