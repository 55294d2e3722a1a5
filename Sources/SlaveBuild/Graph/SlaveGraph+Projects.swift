import BuildGraph
import Foundation
import Inventory

/// Libraries that have a build of their own: it is done in a directory of ours, for each target.
extension SlaveGraph {
    func projectSteps(
        _ library: Library, _ project: Library.Project, for compiler: Compiler
    ) -> [Step] {
        let target = compiler.target.name
        let script = "\(paths.library(target, library.name))/build.sh"
        let source = "\(manifest.directory)/\(project.directory)"
        let text = projectScript(library, project, for: compiler)
        var writing = function(
            "write build.sh of \(library.name)", signature: text, inputs: [], outputs: [script]
        ) {
            try writeAtomically(text.utf8, to: script)
            return []
        }
        writing.group = compiler.target.architecture
        let needed = libraries(of: library.libraries, for: target)
        let files = Self.files(below: source)
        guard files.count <= InventoryLimits.projectFilesMax else {
            // Changes of those that nobody looks at would be missed.
            let fault = BuildFault(
                summary:
                    "'\(project.directory)' has more than \(InventoryLimits.projectFilesMax) files",
                remedy: "build it by yourself, and name its archives under 'files'")
            return [refusal(of: library, fault, for: compiler)]
        }
        if project.tool == .autotools,
            let fault = Self.oddPlace(paths.library(target, library.name))
        {
            return [refusal(of: library, fault, for: compiler)]
        }
        var step = Step(
            name: "build \(library.name) with \(project.tool.rawValue)",
            group: compiler.target.architecture,
            inputs: [script] + files
                + needed.flatMap { products(of: $0, target) },
            outputs: products(of: library, target),
            action: .command(
                Step.Command(
                    arguments: ["sh", script], directory: manifest.directory,
                    tool: "\(compiler.toolchain.kind.rawValue) \(compiler.toolchain.version)")),
            isSlow: true)
        step.orderOnly = compiler.wrappers.files
        return [writing, step]
    }

    /// A step that says why a library can't be built.
    private func refusal(
        of library: Library, _ fault: BuildFault, for compiler: Compiler
    ) -> Step {
        var refusal = function(
            "build \(library.name)", signature: fault.diagnostic.summary, inputs: [],
            outputs: products(of: library, compiler.target.name)
        ) { throw fault }
        refusal.group = compiler.target.architecture
        return refusal
    }

    /// What `configure` calls an unsafe directory, in the middle of a long log.
    static func oddPlace(_ path: String) -> BuildFault? {
        guard let odd = path.first(where: { " \t\n\"#$&'`\\".contains($0) }) else { return nil }
        return BuildFault(
            summary: "Autotools can't build in a directory with '\(odd)' in its path: '\(path)'",
            remedy: "move or rename the project's directory")
    }

    /// Every file of a project, but for those of a version control and other hidden ones.
    static func files(below directory: String) -> [String] {
        SourceGlob("**/*").matches(in: directory, max: InventoryLimits.projectFilesMax)
            .map { "\(directory)/\($0)" }
            // Links that lead nowhere are copied as they are.
            .filter { path in
                var status = stat()
                return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            }
    }

    /// A script, so that it can be read and run by hand.
    private func projectScript(
        _ library: Library, _ project: Library.Project, for compiler: Compiler
    ) -> String {
        let target = compiler.target.name
        let wrappers = compiler.wrappers
        let needed = libraries(of: library.libraries, for: target)
        let prefixes = needed.compactMap { library -> String? in
            if case .project = library.origin {
                paths.installation(target, library.name)
            } else {
                nil
            }
        }
        let folder = paths.library(target, library.name)
        var lines = [
            "# Builds \(library.name) for \(target). Written by Marionette: changes are lost.",
            "set -eu",
            "origin=\(quoted("\(manifest.directory)/\(project.directory)"))",
            "folder=\(quoted(folder))",
            "prefix=\(quoted(paths.installation(target, library.name)))",
            Self.frame,
            // Its sources, its build, and what those that it stands on installed.
            "MARIONETTE_MAP_1=\(quoted(paths.libraries(target)))=/marionette/libraries",
            "export MARIONETTE_MAP_1",
        ]
        // CMake and Meson have files for it, and would take these for the compilers of this machine.
        if project.tool == .autotools || project.tool == .make {
            lines += wrappers.compilers.map { "export \($0.name)=\(quoted($0.value))" }
        }
        let plain = needed.filter { if case .project = $0.origin { false } else { true } }
        lines += plain.flatMap { packageLines($0, target) }
        let packages =
            prefixes.map { "\($0)/lib/pkgconfig" } + (plain.isEmpty ? [] : ["\(folder)/packages"])
        let searched = packages + ["\(wrappers.directory)/root/lib/pkgconfig"]
        lines.append("export PKG_CONFIG_LIBDIR=\(quoted(searched.joined(separator: ":")))")
        let options = project.options.map { " \(quoted($0))" }.joined()
        switch project.tool {
        case .cmake: lines += cmakeLines(wrappers, prefixes, places(of: plain, target), options)
        case .meson: lines += mesonLines(wrappers, packages, options)
        case .autotools: lines += configureLines(wrappers, needed, target, options)
        case .make: lines += makeLines(needed, target, options)
        }
        lines += productLines(project.products)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What was installed, where it is not what the manifest says.
    private func productLines(_ products: [String]) -> [String] {
        products.map { product in
            let name = quoted(product)
            return """
                if [ ! -f "$prefix"/\(name) ]; then
                    echo "error: the build installed no "\(name)
                    archives=$(cd "$prefix" && find . -name '*.a' | sed 's,^\\./,,' | sort | head -n 20)
                    echo "  note: archives that it installed:" ${archives:-none}
                    echo "  help: correct 'products' in marionette.yaml"
                    exit 1
                fi
                """
        }
    }

    /// What a build says goes to a file, of which the end is shown where it failed.
    ///
    /// The sources are copied, with their times: some builds write among them. What another script
    /// had configured may be of no use to this one.
    private static let frame = """
        source=$folder/source build=$folder/build log=$folder/build.log
        if [ -z "${MARIONETTE_LOGGED-}" ]; then
            MARIONETTE_LOGGED=yes sh "$0" >"$log" 2>&1 </dev/null && exit 0
            status=$?
            tail -n 40 "$log" >&2
            echo "the whole log: $log" >&2
            exit $status
        fi
        if ! cmp -s "$0" "$folder/built.sh"; then rm -rf "$build"; fi
        rm -rf "$source" "$prefix"
        mkdir -p "$source" "$build" "$prefix"
        (cd "$origin" && tar -cf - --exclude=.git .) | (cd "$source" && tar -xf -)
        cp "$0" "$folder/built.sh"
        jobs=$(nproc 2>/dev/null || echo 2)
        """

    private func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: "'\\''") + "'"
    }

    private func tool(_ name: String, _ package: String) -> String {
        "command -v \(name) >/dev/null || "
            + "{ echo \"error: \(name) is missing: apt-get install \(package)\" >&2; exit 1; }"
    }

    private func cmakeLines(
        _ wrappers: CompilerWrappers, _ prefixes: [String],
        _ plain: (headers: [String], archives: [String]), _ options: String
    ) -> [String] {
        func list(_ paths: [String]) -> String { quoted(paths.joined(separator: ";")) }
        let roots = list(prefixes + plain.archives + plain.headers)
        let places =
            plain.archives.isEmpty
            ? ""
            : " -DCMAKE_LIBRARY_PATH=\(list(plain.archives)) -DCMAKE_INCLUDE_PATH=\(list(plain.headers))"
        return [
            tool("cmake", "cmake"),
            "generator='Unix Makefiles'",
            "if command -v ninja >/dev/null; then generator=Ninja; fi",
            // A build directory keeps the generator that it began with.
            "if [ -f \"$build/Makefile\" ]; then generator='Unix Makefiles'; fi",
            "cmake -G \"$generator\" -S \"$source\" -B \"$build\" --no-warn-unused-cli \\",
            "    -DCMAKE_TOOLCHAIN_FILE=\(quoted(wrappers.cmakePath)) -DCMAKE_BUILD_TYPE=Release \\",
            "    -DCMAKE_INSTALL_PREFIX=\"$prefix\" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF \\",
            "    -DCMAKE_PREFIX_PATH=\(list(prefixes)) -DCMAKE_FIND_ROOT_PATH=\(roots)\(places)\(options)",
            "cmake --build \"$build\" --parallel \"$jobs\"",
            "cmake --install \"$build\"",
        ]
    }

    private func mesonLines(
        _ wrappers: CompilerWrappers, _ packages: [String], _ options: String
    ) -> [String] {
        [
            tool("meson", "meson"),
            "if [ ! -f \"$build/build.ninja\" ]; then",
            "    meson setup --cross-file \(quoted(wrappers.mesonPath)) --prefix \"$prefix\" --libdir lib \\",
            "        --buildtype release --default-library static --wrap-mode nodownload \\",
            "        --pkg-config-path \(quoted(packages.joined(separator: ":"))) \\",
            "        \"$build\" \"$source\"\(options)",
            "fi",
            "meson compile -C \"$build\" -j \"$jobs\"",
            "meson install -C \"$build\" --no-rebuild",
        ]
    }

    /// Where CMake looks for libraries that it did not build.
    private func places(
        of libraries: [Library], _ target: String
    ) -> (headers: [String], archives: [String]) {
        let archives = libraries.flatMap { products(of: $0, target) }.map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().path
        }
        return (
            libraries.flatMap { includes(of: $0, target) }.keepingLast(), archives.keepingLast()
        )
    }

    /// A description for pkg-config of a library that has no build of its own, under its name.
    private func packageLines(_ library: Library, _ target: String) -> [String] {
        func word(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
                .replacing("'", with: "\\'").replacing("\"", with: "\\\"")
        }
        let linked = linked(Code(sources: [], libraries: [library.name]), for: target)
        // By name: CMake's search knows no others.
        let archives = linked.files.map { file -> String in
            let url = URL(fileURLWithPath: file)
            guard let name = url.lastPathComponent.wholeMatch(of: /lib(.+)\.a/) else {
                return word(file)
            }
            return "-L\(word(url.deletingLastPathComponent().path)) -l\(name.output.1)"
        }
        let headers = libraries(of: [library.name], for: target)
            .flatMap { includes(of: $0, target) }.keepingLast()
        let text = [
            "Name: \(library.name)", "Description: a library of the manifest", "Version: 1",
            "Cflags: \(headers.map { "-I" + word($0) }.joined(separator: " "))",
            "Libs: \((archives + linked.system.map { "-l\($0)" }).joined(separator: " "))",
        ]
        return [
            "mkdir -p \"$folder/packages\"",
            "printf '%s\\n' \(text.map(quoted).joined(separator: " ")) \\",
            "    >\"$folder/packages/\(library.name).pc\"",
        ]
    }

    private func compilerFlags(_ needed: [Library], _ target: String) -> [String] {
        let includes = needed.flatMap { self.includes(of: $0, target) }.map { "-I\($0)" }
        let directories = needed.flatMap { products(of: $0, target) }.map {
            "-L\(URL(fileURLWithPath: $0).deletingLastPathComponent().path)"
        }
        // A variable that is set and empty is set: a makefile's own `?=` would not count.
        return [("CPPFLAGS", includes), ("LDFLAGS", directories.keepingLast())]
            .filter { !$0.1.isEmpty }
            .map { "export \($0.0)=\(quoted($0.1.joined(separator: " ")))" }
    }

    private func configureLines(
        _ wrappers: CompilerWrappers, _ needed: [Library], _ target: String, _ options: String
    ) -> [String] {
        compilerFlags(needed, target) + [
            tool("make", "make"),
            "if [ ! -f \"$source/configure\" ]; then",
            "    \(tool("autoreconf", "autoconf automake libtool"))",
            "    (cd \"$source\" && autoreconf -fi)",
            "fi",
            // Somebody built it where it lies.
            "if [ -f \"$source/config.status\" ]; then (cd \"$source\" && make distclean); fi",
            "cd \"$build\"",
            "if [ ! -f config.status ]; then",
            "    \"$source/configure\" --host=\(quoted(wrappers.configureHost)) --prefix=\"$prefix\" \\",
            "        --libdir=\"$prefix/lib\" --disable-shared --enable-static\(options)",
            "fi",
            "make -j \"$jobs\"",
            "make install",
        ]
    }

    /// Where the sources lie: makefiles of this kind know no other directory.
    private func makeLines(
        _ needed: [Library], _ target: String, _ options: String
    ) -> [String] {
        let words = ["CC", "CXX", "AR", "RANLIB", "STRIP"].map { "\($0)=\"$\($0)\"" }
        let arguments =
            words.joined(separator: " ") + " PREFIX=\"$prefix\" prefix=\"$prefix\"" + options
        return compilerFlags(needed, target) + [
            tool("make", "make"),
            "cd \"$source\"",
            // What this machine's compiler left there is of no use.
            "if make -n clean >/dev/null 2>&1; then make clean; fi",
            "make -j \"$jobs\" \(arguments)",
            // GNU make says with status 2 that there is no such target.
            "if make -n install \(arguments) >/dev/null 2>&1; then",
            "    make install \(arguments)",
            "else",
            "    cp -R ./. \"$prefix/\"",
            "fi",
        ]
    }
}
