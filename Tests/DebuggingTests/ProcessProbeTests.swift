import Testing

@testable import Debugging

@Suite struct ProcessProbeTests {
    private func probe(
        program: String = "/home/m/.cache/marionette/bundles/ab/slave",
        server: String = "/usr/bin/gdbserver", scope: String = "", capabilities: String = "0"
    ) throws -> ProcessProbe {
        let text = """
            program=\(program)
            server=\(server)
            scope=\(scope)
            capabilities=\(capabilities)


            """
        return try #require(ProcessProbe(output: Array(text.utf8) + [0x7f, 10, 10, 1]))
    }

    @Test func `the program's bytes follow the first empty line`() throws {
        #expect(try probe().head == [0x7f, 10, 10, 1])
    }

    @Test func `an emulator is known by its name`() throws {
        #expect(try probe(program: "/usr/bin/qemu-s390x-static").emulator == "qemu-s390x-static")
        #expect(try probe().emulator == nil)
    }

    @Test func `a host without gdbserver has none`() throws {
        #expect(try probe(server: "").server == nil)
    }

    @Test func `ptrace is forbidden by policy, unless the capability lifts it`() throws {
        #expect(try !probe().isForbidden)
        #expect(try !probe(scope: "0").isForbidden)
        #expect(try probe(scope: "1").isForbidden)
        #expect(try !probe(scope: "1", capabilities: "0000000000080000").isForbidden)
    }

    @Test func `what the script does not print is no answer`() {
        #expect(ProcessProbe(output: Array("motd of a careless host\n".utf8)) == nil)
        #expect(ProcessProbe(output: []) == nil)
    }
}
