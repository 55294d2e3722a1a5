import Diagnostics
import Distribution
import Foundation
import Inventory
import TestKit
import Testing
import Transport

@testable import MarionetteCommand

/// What keeps a command from going on without hosts, and what to type so that it does.
@Suite struct DeliveryErrorTests {
    private static let down = DistributionError.transport(
        .unreachable(host: "pi1", reason: "connection refused"))
    private static let full = DistributionError.toolMissing(host: "pi2", tool: "tar")

    private func told(_ failures: [DistributionError], _ command: String?) -> String {
        DeliveryError(failures: failures, command: command).diagnostics.map(\.rendered)
            .joined(separator: "\n")
    }

    @Test func `a host that is down at the start is told with -k, where another one is left`() {
        #expect(
            told([Self.down], "run") == """
                error: host 'pi1' is unreachable: connection refused
                  note: 'marionette run -k' goes on without it, and takes in what comes up later
                  help: marionette hosts
                """)
        #expect(
            told([Self.full], "push") == """
                error: host 'pi2' has no 'tar'
                  note: 'marionette push -k' goes on without it
                  help: install tar there; a slave needs nothing else once it is in the store
                """)
        #expect(
            told([Self.down, Self.full], "run") == """
                error: host 'pi1' is unreachable: connection refused
                  help: marionette hosts
                error: host 'pi2' has no 'tar'
                  help: install tar there; a slave needs nothing else once it is in the store
                error: 2 hosts did not get their slave
                  help: marionette run -k goes on without them
                """)
        #expect(
            told([Self.down], nil) == """
                error: host 'pi1' is unreachable: connection refused
                  help: marionette hosts
                """)
    }

    @Test func `an emulator that is not here is told before a run starts it`() {
        #expect(!Programs.named("sh").isEmpty && Programs.named("/bin/sh") == ["/bin/sh"])
        #expect(Programs.named("qemu-none-static").isEmpty && Programs.named("/no/qemu").isEmpty)
        #expect(
            DistributionError.noEmulator(host: "there", emulator: "qemu-none-static").diagnostic
                .rendered == """
                    error: host 'there': there is no emulator 'qemu-none-static' on this machine
                      help: apt-get install qemu-user-static, or correct 'emulator' at the host
                    """)
    }

    @Test func `a slave that this machine's kernel can't execute is told with both kinds`() throws {
        let place = try TemporaryDirectory("foreign")
        let slave = "\(place.path)/slave"
        // As much of an ELF file as its kind: that of no machine of ours.
        var header: [UInt8] =
            [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1, 0] + [UInt8](repeating: 0, count: 56)
        (header[17], header[19]) = (2, 0xfe)
        try Data(header).write(to: URL(fileURLWithPath: "\(slave).bytes"))
        // Written by another process, as programs are.
        let copy = try TestProcess.run(["install", "-m", "755", "\(slave).bytes", slave])
        try #require(copy.status == 0, "\(copy.told)")
        let machine = try #require(LocalMachine.refuses(slave))
        #expect(LocalMachine.refuses("/bin/true") == nil)
        let error = DistributionError.notExecutable(
            host: "there", target: "s390x-linux-musl", machine: machine,
            emulator: "qemu-s390x-static")
        #expect(error.exitCode == .configuration)
        #expect(
            error.diagnostic.rendered == """
                error: host 'there': this machine, a \(machine), can't execute slaves for \
                s390x-linux-musl
                  help: name its own target, one of 'marionette targets', or write 'emulator: \
                qemu-s390x-static' at the host
                """)
    }
}
