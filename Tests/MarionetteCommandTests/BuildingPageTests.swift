import Distribution
import Foundation
import Inventory
import SlaveBuild
import TestKit
import Testing

@testable import MarionetteCommand

/// Every example of Documentation/Building.md is executed, as far as one machine has all that it takes:
/// what is for other machines is planned (`-n`), and what is on the page is built for this one.
@Suite(.serialized) struct BuildingPageTests {
    private static let native = "x86_64-linux-musl"

    @Test func `each example of the page is known here`() throws {
        // A new one needs a test below.
        #expect(
            try Page.building().blocks.map { "\($0.section): \($0.language)" } == [
                "Programs alone: sh", "Programs alone: yaml", "Programs alone: ", "Flags: yaml",
                "Libraries: yaml", "Other build tools by hand: sh", "On the host itself: sh",
                "Rules: yaml",
                "Goals, and why something was built: sh",
                "Sizes, and what is in a program: ",
            ])
    }

    @Test func `programs alone are made, pushed, and planned for other machines`() throws {
        let page = try Page.building()
        let example = try Example()
        let alone = try page.blocks(in: "Programs alone", count: 3)
        let (make, manifest, pushed) = (alone[0], alone[1], alone[2])
        let output = try example.run(make.text)
        #expect(output.hasSuffix(".marionette/build/\(Self.native)/bin: fleet\n"), "\(output)")

        try example.write(manifest.text, to: "marionette.yaml")
        try example.write("int main() { return 0; }\n", to: "monitor/main.cc")
        let goals = try page.blocks(in: "Goals, and why something was built", count: 1)[0]
        for line in goals.text.split(separator: "\n") {
            let command = line.prefix { $0 != "#" }
            #expect(try example.run("\(command) -n").contains("compile monitor/main.cc"))
        }
        // What hosts beyond this machine would answer.
        var slave = try BuiltSlave(
            target: Self.native, paths: BuildPaths(directory: "\(example.directory)/fleet"))
        slave.programs[0].name = "monitor"
        let places = [("/home/pi", "pi[1-4].local"), ("/home/render", "mainframe")]
        let hosts = try Manifest.load(directory: example.directory).hosts
        #expect(
            hosts.map(\.name) == ["pi1.local", "pi2.local", "pi3.local", "pi4.local", "mainframe"])
        let arrivals = hosts.map { host in
            let home = places[host.name == "mainframe" ? 1 : 0].0
            return Delivery.Arrival(
                host: host, slave: slave,
                result: .success(
                    PushOutcome(
                        result: .alreadyThere, slave: "",
                        current: "\(home)/.cache/marionette/current/project")))
        }
        #expect(
            arrivals.programLines(in: "/").map { $0 + "\n" }.joined() == pushed.text)
    }

    @Test func `flags go where the page says`() throws {
        let example = try Example()
        let manifest = try Page.building().blocks(in: "Flags", count: 1)[0]
        try example.writeWorker(manifest.text)
        try example.write("#define SCALE 3\n", to: "include/scale.h")
        try example.write(
            """
            #include "demo.h"
            #include "scale.h"
            #ifdef CHECKS
            #error only with --profile debug
            #endif
            #ifdef SLOW_CLOCK
            #error only for s390x
            #endif
            extern int fast(int);
            bool demo_twice(struct mrn_call *call, int32_t value, int32_t *result)
            {
                (void)call;
                *result = fast(value) * SCALE;
                return true;
            }

            """, to: "worker/demo.c")
        try example.write(
            "#include <concepts>\nextern \"C\" int fast(int value) { return value; }\n",
            to: "worker/fast.cc")
        try example.build()
        let commands = try example.run(
            "marionette build -v -n --target s390x-linux-musl --profile debug 2>&1")
        for flag in ["-DSLOW_CLOCK", "-DCHECKS", "-std=c++20", "-Wl,--gc-sections", "-lm"] {
            #expect(commands.contains(flag), "\(flag)")
        }
    }

    @Test func `libraries and rules of the page are built and linked`() throws {
        let page = try Page.building()
        let example = try Example()
        let libraries = try page.blocks(in: "Libraries", count: 1)[0].text
        let rules = try page.blocks(in: "Rules", count: 1)[0].text
        try example.writeWorker(
            libraries + rules
                + """
                programs:
                  picture: { sources: [picture.c], libraries: [kernels, png] }
                  other:   { sources: [picture.c], libraries: [vendor], targets: [s390x-linux-musl] }

                """)
        for (name, text) in Self.files { try example.write(text, to: name) }
        try example.write(
            "#!/bin/sh\nshift\necho 'int kernel_(void) { return 9; }' >kernel.c\n"
                + "shift 2\nexec '\(try example.compiler(for: Self.native))' -c kernel.c -o \"$1\"\n",
            to: "bin/x86_64-linux-gnu-gfortran", isProgram: true)
        try example.build()
        let root = ".marionette/build/\(Self.native)"
        #expect(try example.run("\(root)/bin/picture") == "1 16 4\n")
        // The library of files that exist, for the machine that has them.
        #expect(
            try example.run("marionette build other --target s390x-linux-musl -n")
                .contains("link other"))
    }

    private static let files = [
        "vendor/aarch64/libvendor.a": "!<arch>\n", "vendor/s390x/libvendor.a": "!<arch>\n",
        "vendor/include/vendor.h": "",
        "kernels/kernels.h": "int kernels(void);\n",
        "kernels/kernels.c": "#include \"kernels.h\"\nint kernels(void) { return 4; }\n",
        "third/zlib/CMakeLists.txt": """
        cmake_minimum_required(VERSION 3.10)
        project(zlib C)
        add_library(z z.c)
        install(TARGETS z DESTINATION lib)
        install(FILES z.h DESTINATION include)

        """,
        "third/zlib/z.h": "int z(void);\n",
        "third/zlib/z.c": "#include \"z.h\"\nint z(void) { return 1; }\n",
        "third/libpng/CMakeLists.txt": """
        cmake_minimum_required(VERSION 3.10)
        project(libpng C)
        if(PNG_SHARED OR PNG_TESTS)
          message(FATAL_ERROR "the options of the manifest did not arrive")
        endif()
        find_library(Z z REQUIRED)
        find_path(Z_HEADERS z.h REQUIRED)
        add_library(png16 png.c)
        target_include_directories(png16 PRIVATE ${Z_HEADERS})
        install(TARGETS png16 DESTINATION lib)
        install(FILES png.h DESTINATION include)

        """,
        "third/libpng/png.h": "int png(void);\n",
        "third/libpng/png.c": "#include \"z.h\"\nint png(void) { return z() + 15; }\n",
        "picture.c": """
        #include "kernels.h"
        #include "png.h"
        #include "z.h"
        #include <stdio.h>
        int main(void) { return printf("%d %d %d\\n", z(), png(), kernels()) < 0; }

        """,
        "tools/table.py": """
        import sys
        open(sys.argv[1], "w").write('#include "table.h"\\nint table[] = { 1, 2 };\\n')
        open(sys.argv[2], "w").write("extern int table[2];\\n")

        """,
        "data/numbers.csv": "1,2\n",
        "kernel.f90": "integer function kernel()\n  kernel = 9\nend function\n",
        "worker/demo.c": """
        #include "demo.h"
        #include "table.h"
        extern int kernel_(void);
        bool demo_twice(struct mrn_call *call, int32_t value, int32_t *result)
        {
            (void)call;
            *result = value * table[1] + kernel_();
            return true;
        }

        """,
    ]

    @Test func `the table of sizes is as the page shows it`() throws {
        let block = try Page.building().blocks(in: "Sizes, and what is in a program", count: 1)[0]
        let rows = block.text.split(separator: "\n").dropFirst().map {
            $0.split(separator: " ").map(String.init)
        }
        let programs = try rows.map { row in
            let numbers = row[2...].map { Int($0.filter { $0.isNumber || $0 == "-" }) ?? 0 }
            let sizes = ProgramSizes(text: numbers[0], data: numbers[1], bss: numbers[2])
            try #require(sizes.total == numbers[3])
            return MeasuredProgram(
                target: row[0], name: row[1], sizes: sizes,
                before: ProgramSizes(text: sizes.total - numbers[4]), map: "")
        }
        #expect(SizeTable(programs: programs).lines.map { $0 + "\n" }.joined() == block.text)
    }

    @Test func `other build tools get their compilers`() throws {
        let example = try Example()
        let script = try Page.building().blocks(in: "Other build tools by hand", count: 1)[0]
        try example.write(
            """
            #!/bin/sh
            echo 'int answer(void) { return 42; }' >answer.c
            $CC -c answer.c -o answer.o && $AR rcs libanswer.a answer.o && $RANLIB libanswer.a
            echo "$1"

            """, to: "configure", isProgram: true)
        #expect(try example.run(script.text) == "--host=s390x-linux-musl\n")
        #expect(FileManager.default.fileExists(atPath: "\(example.directory)/libanswer.a"))
    }
}
