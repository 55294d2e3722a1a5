import BuildGraph

/// The graph that `bench` describes to ninja: for each target an object of each source, and a program
/// of all objects.
struct Tree {
    let directory: String
    let sources: Int
    let targets: Int
    /// `sh` or `cc`, see `bench`.
    let compiler: String
    private let script: String

    init(_ arguments: [String]) {
        guard arguments.count > 5, let sources = Int(arguments[2]), let targets = Int(arguments[3])
        else { fail("engine \(arguments[0]) DIRECTORY SOURCES TARGETS COMPILER JOBS") }
        directory = arguments[1]
        self.sources = sources
        self.targets = targets
        compiler = arguments[4]
        script = "\(directory)/compile.sh"
    }

    func steps() -> [Step] {
        var steps: [Step] = []
        steps.reserveCapacity(targets * (sources + 1))
        for target in 0..<targets {
            let group = "target\(target)"
            let out = "\(directory)/out/\(group)/"
            var objects: [String] = []
            objects.reserveCapacity(sources)
            for source in 0..<sources {
                let step = compile("file\(source)", group, out)
                objects.append(step.outputs[0])
                steps.append(step)
            }
            steps.append(link(objects, group, out))
        }
        return steps
    }

    private func compile(_ source: String, _ group: String, _ out: String) -> Step {
        let (file, object) = (directory + "/src/" + source + ".c", out + source + ".o")
        let depfile = object + ".d"
        let words =
            compiler == "cc"
            ? [
                "cc", "-c", file, "-o", object, "-MMD", "-MF", depfile, "-I\(directory)/inc",
                "-I\(directory)/own",
            ] : ["/bin/sh", script, file, object, directory + "/own/" + source + ".h"]
        return Step(
            name: "compile " + source, group: group, inputs: [file], outputs: [object],
            depfile: depfile,
            action: .command(Step.Command(arguments: words, directory: directory)))
    }

    private func link(_ objects: [String], _ group: String, _ out: String) -> Step {
        let (program, list) = (out + "program", "\(directory)/\(group).list")
        let words =
            compiler == "cc"
            ? ["cc", "-shared", "-o", program, "@\(list)"]
            : ["/bin/sh", "\(directory)/link.sh", program, list]
        return Step(
            name: "link program", group: group, inputs: objects, outputs: [program],
            action: .command(Step.Command(arguments: words, directory: directory)))
    }
}
