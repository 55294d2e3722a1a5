import Foundation
import Testing

@Suite struct CommandLineTests {
    @Test(arguments: [[], ["--what"], ["--serve", "--install"], ["--install", "a"]])
    func `a wrong command line is usage`(_ arguments: [String]) throws {
        let result = try ProbeRun.output(ProbeBuild.command(.native) + arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("usage: "))
    }

    @Test func `help goes to standard output`() throws {
        let result = try ProbeRun.output(ProbeBuild.command(.native) + ["--help"])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("usage: "))
        #expect(result.errors.isEmpty)
    }

    @Test(arguments: ProbeKind.available)
    func `identify prints build, interface and machine`(_ kind: ProbeKind) throws {
        let result = try ProbeRun.output(ProbeBuild.command(kind) + ["--identify"])
        #expect(result.status == 0)
        let keys = result.output.split(separator: "\n").compactMap {
            $0.split(separator: "=").first
        }
        #expect(
            keys == [
                "application", "protocol", "build", "interface", "host", "machine", "endianness",
                "word-bits", "cores",
            ])
        #expect(result.output.contains(kind == .s390x ? "endianness=big\n" : "endianness=little\n"))
        // Workers in Swift are built as an application is, and have its identity.
        let isApplication = kind == .swift || kind == .swiftArm
        let build = isApplication ? /build=[0-9a-f]{64}\n/ : /build=development\n/
        #expect(result.output.contains(build))
    }
}
