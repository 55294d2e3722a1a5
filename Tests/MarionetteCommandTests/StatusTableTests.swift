import Diagnostics
import Distribution
import Foundation
import Inventory
import Testing
import Transport

@testable import MarionetteCommand

@Suite struct StatusTableTests {
    private static let built = String(repeating: "a", count: 64)
    private static let old = String(repeating: "b", count: 64)

    private func status(
        _ host: String, target: String = "aarch64-linux-musl", built: String? = built,
        runs: [String] = [], change: (inout StoreInventory) -> Void
    ) -> HostStatus {
        var inventory = StoreInventory(store: "/home/pi/.cache/marionette")
        inventory.free = 29_400_000_000
        inventory.processes = []
        change(&inventory)
        return HostStatus(
            host: HostEntry(name: host, target: target), built: built, application: "it",
            inventory: .success(inventory), runs: runs)
    }

    private var statuses: [HostStatus] {
        let far = DistributionError.transport(.unreachable(host: "far", reason: "no route"))
        return [
            status("pi1", runs: ["R1"]) { one in
                one.presence = .yes
                one.sizes = [Self.built: 1_200_000, Self.old: 900_000]
                // A slave with its workers, and a program.
                one.processes = [(7, 1), (8, 7), (9, 8), (20, 1)].map {
                    .init(identifier: $0, parent: $1, bundle: Self.built)
                }
            },
            status("pi2", runs: ["R1"]) { $0.current = ["it": Self.old] },
            status("a-host-with-a-very-long-name.example", target: "powerpc64le-linux-musl") {
                $0.presence = .damaged
                $0.processes = nil
                $0.free = nil
            },
            status("pi3", built: nil) { $0.current = ["it": Self.old] },
            status("pi4") { $0.current = ["other": Self.old] },
            HostStatus(
                host: HostEntry(name: "here", target: "x86_64-linux-musl", via: .local),
                built: Self.built, application: "it", inventory: nil, runs: []),
            HostStatus(
                host: HostEntry(name: "far", target: "x86_64-linux-musl"), built: Self.built,
                application: "it", inventory: .failure(far), runs: []),
        ]
    }

    @Test func `the table is exactly this`() {
        let text = StatusTable(statuses).text
        #expect(
            text == """
                host                target                  bundle   running   store     free
                pi1                 aarch64-linux-musl      current        2  2.1 MB  29.4 GB
                pi2                 aarch64-linux-musl      older          0     0 B  29.4 GB
                a-host-with-a-ver…  powerpc64le-linux-musl  damaged        ?     0 B        ?
                pi3                 aarch64-linux-musl      ?              0     0 B  29.4 GB
                pi4                 aarch64-linux-musl      none           0     0 B  29.4 GB
                here                x86_64-linux-musl       current        -       -        -
                far                 x86_64-linux-musl       unreachable
                ? nothing was built here to compare with: marionette build
                run R1: pi[1-2]

                """)
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(statuses.compactMap(\.error).exitCode == .unreachable)
        #expect(statuses.prefix(6).compactMap(\.error).exitCode == .done)
    }

    @Test func `equal rows of many hosts are one`() {
        let many = (1...40).map { number in
            status("pi\(number)") { $0.presence = [7, 9, 20, 30].contains(number) ? .no : .yes }
        }
        #expect(
            StatusTable(many).text == """
                host           target              bundle   running  store     free
                pi[1-6,8,10-19,21-29,31-40]
                               aarch64-linux-musl  current        0    0 B  29.4 GB
                pi[7,9,20,30]  aarch64-linux-musl  none           0    0 B  29.4 GB

                """)
    }

    @Test func `a line of JSON has what is known`() throws {
        #expect(
            try jsonLine(statuses[1])
                == #"{"built":"\#(Self.built)","bundle":"older","current":"\#(Self.old)","#
                + #""free":29400000000,"host":"pi2","processes":[],"running":0,"runs":["R1"],"#
                + #""size":0,"state":"ready","store":"/home/pi/.cache/marionette","#
                + #""target":"aarch64-linux-musl"}"#)
        #expect(
            try jsonLine(statuses[6])
                == #"{"built":"\#(Self.built)","bundle":"unknown","#
                + #""error":"host 'far' is unreachable: no route","host":"far","#
                + #""remedy":"marionette hosts","runs":[],"state":"unreachable","#
                + #""target":"x86_64-linux-musl"}"#)
    }

    @Test func `errors of stores are told whole`() {
        #expect(
            DistributionError.bundleDamaged(
                host: "pi1", bundle: Self.built, files: ["bin/a", "bin/b", "manifest", "slave"]
            ).diagnostic.rendered == """
                error: host 'pi1': bundle aaaaaaaaaaaa is damaged: 'bin/a', 'bin/b', 'manifest' and 1 more
                  help: marionette push replaces it if it is what is built here; marionette prune \
                removes it if nobody needs it
                """)
        #expect(
            DistributionError.storeUnusable(host: "pi1", store: "/s", reason: "ls: I/O error")
                .diagnostic.rendered == """
                    error: host 'pi1': store '/s' can't be used
                      note: it said: ls: I/O error
                    """)
        #expect(
            DistributionError.activatedMeanwhile(host: "pi1", bundle: Self.old).diagnostic.rendered
                == "error: host 'pi1': somebody else made bundle bbbbbbbbbbbb current")
        let down = DistributionError.transport(.unreachable(host: "pi1", reason: "no route"))
        let partial = RollbackRefusal.partial(["pi2"], [down])
        #expect(
            partial.diagnostics.map(\.rendered).joined(separator: "\n") == """
                error: host 'pi1' is unreachable: no route
                  help: marionette hosts
                error: the hosts differ now: pi2 can't be turned either way
                  help: 'marionette status --json' shows what each has; marionette push makes them equal
                """)
        #expect(partial.exitCode.rawValue == 75)
        #expect(RollbackRefusal.turnedBack([down]).exitCode == .failed)
        #expect(RollbackRefusal.unasked([down]).exitCode == .unreachable)
    }
}
