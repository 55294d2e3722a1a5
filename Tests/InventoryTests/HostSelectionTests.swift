import TestKit
import Testing

@testable import Inventory

@Suite struct HostSelectionTests {
    private static let hosts =
        (1...4).map { HostEntry(name: "pi\($0)", target: "aarch64-linux-musl") }
        + (8...11).map { HostEntry(name: $0 < 10 ? "n0\($0)" : "n\($0)", target: "arm-linux-musl") }
        + [
            HostEntry(name: "xeon", target: "x86_64-linux-musl"),
            HostEntry(name: "here", target: "x86_64-linux-musl", via: .local),
        ]

    private func names(_ selection: HostSelection) throws(HostSelectionError) -> String {
        try selection.selected(from: Self.hosts).map(\.name).joined(separator: " ")
    }

    @Test(arguments: [
        (["pi[1-3],xeon"], [], [], "pi1 pi2 pi3 xeon"),
        (["xeon", "pi2"], [], [], "pi2 xeon"),
        (["n[08-10]"], [], [], "n08 n09 n10"),
        (["pi*,!pi3"], [], [], "pi1 pi2 pi4"),
        (["!n*"], ["pi[1-4]"], [], "xeon here"),
        (["n?1"], [], [], "n11"),
        (["*[1-2]"], [], [], "pi1 pi2 n11"),
        ([], [], ["aarch64-*", "x86_64-linux-musl"], "pi1 pi2 pi3 pi4 xeon here"),
        (["pi1,n08,xeon"], ["pi*"], ["x86_64-linux-musl", "arm-linux-musl"], "n08 xeon"),
        ([], [], [], "pi1 pi2 pi3 pi4 n08 n09 n10 n11 xeon here"),
    ])
    func `hosts are chosen in their order`(
        hosts: [String], excluded: [String], targets: [String], expected: String
    ) throws {
        #expect(
            try names(HostSelection(hosts: hosts, excluded: excluded, targets: targets)) == expected
        )
    }

    @Test func `this machine's own can be chosen`() throws {
        #expect(try names(HostSelection(areLocal: true)) == "here")
    }

    @Test(arguments: [
        (
            HostSelection(hosts: ["pi[4-6]"]),
            """
            error: no hosts of marionette.yaml are named 'pi5', 'pi6'
              note: hosts: pi[1-4], n[08-11], xeon, here
              help: did you mean 'pi1'?
            """
        ),
        (
            HostSelection(excluded: ["xoen"]),
            """
            error: no host of marionette.yaml is named 'xoen'
              note: hosts: pi[1-4], n[08-11], xeon, here
              help: did you mean 'xeon'?
            """
        ),
        (
            HostSelection(hosts: ["q*"]),
            """
            error: no host of marionette.yaml is named 'q*'
              note: hosts: pi[1-4], n[08-11], xeon, here
            """
        ),
        (
            HostSelection(targets: ["x86-64-linux-musl"]),
            """
            error: no host of marionette.yaml has the target 'x86-64-linux-musl'
              note: targets: aarch64-linux-musl, arm-linux-musl, x86_64-linux-musl
              help: did you mean 'x86_64-linux-musl'?
            """
        ),
        (
            HostSelection(hosts: ["pi*"], areLocal: true),
            """
            error: the selection leaves no host
              note: hosts: pi[1-4], n[08-11], xeon, here
              help: leave out one of --hosts, --exclude, --target and --local
            """
        ),
        (
            HostSelection(hosts: ["pi1,pi[2-"]),
            """
            error: 'pi1,pi[2-' names no hosts: '[' without ']'
              help: write it as in --hosts 'pi[1-4],xeon' or --hosts 'pi*,!pi3'
            """
        ),
        (
            HostSelection(hosts: ["pi1,,pi2"]),
            """
            error: 'pi1,,pi2' names no hosts: a name is missing
              help: write it as in --hosts 'pi[1-4],xeon' or --hosts 'pi*,!pi3'
            """
        ),
    ])
    func `what matches nothing is told with near names`(
        selection: HostSelection, text: String
    ) throws {
        let error = try #require(throws: HostSelectionError.self) { try names(selection) }
        #expect(error.diagnostic.rendered == text)
        #expect(error.exitCode == .usage)
    }

    /// A pattern with its names, which are made by counting alone.
    private func randomPattern(_ numbers: inout SeededNumbers) -> (text: String, names: [String]) {
        var (text, names) = ("", [""])
        for _ in 0..<numbers.within(1...3) {
            let word = ["n", "pi", "rack-", ".x", "a_"][numbers.below(5)]
            text += word
            names = names.map { $0 + word }
            guard numbers.chance(0.7) else { continue }
            var parts: [String] = []
            var values: [String] = []
            for _ in 0..<numbers.within(1...3) {
                let low = numbers.below(numbers.chance(0.5) ? 12 : 1_100)
                let high = low + numbers.below(12)
                let width = numbers.chance(0.5) ? 1 : numbers.within(1...4)
                func told(_ value: Int) -> String {
                    var digits = "\(value)"
                    while digits.count < max(width, 1) { digits = "0" + digits }
                    return digits
                }
                parts.append(low == high ? told(low) : "\(told(low))-\(told(high))")
                for value in low...high {
                    var digits = "\(value)"
                    while digits.count < told(low).count { digits = "0" + digits }
                    values.append(digits)
                }
            }
            text += "[\(parts.joined(separator: ","))]"
            names = names.flatMap { name in values.map { name + $0 } }
        }
        return (text, names)
    }

    @Test(arguments: seedsOfThisRun(30))
    func `a fold stands for what counting gives, and names fold to what stands for them`(
        seed: UInt64
    ) throws {
        var numbers = SeededNumbers(seed)
        for _ in 0..<20 {
            let (text, names) = randomPattern(&numbers)
            guard names.count <= 512 else { continue }
            #expect(try HostPattern(text).names == names, "MARIONETTE_SEED=\(seed) \(text)")
            // Some others beside them, and each once.
            var known = Set(names)
            for _ in 0..<3 { known.formUnion(randomPattern(&numbers).names.prefix(40)) }
            let order = known.shuffled(using: &numbers)
            let folded = foldedHostNames(order)
            let unfolded = try folded.flatMap { try HostPattern($0).names }
            #expect(
                unfolded.count == known.count && Set(unfolded) == known,
                "MARIONETTE_SEED=\(seed) \(folded)")
            let entries = order.map { HostEntry(name: $0, target: "t") }
            let meant = try HostSelection(hosts: [text]).selected(from: entries).map(\.name)
            #expect(
                meant == order.filter(Set(names).contains), "MARIONETTE_SEED=\(seed) \(text)")
            let rest = try? HostSelection(hosts: ["!" + text]).selected(from: entries).map(\.name)
            #expect(
                rest ?? [] == order.filter { !names.contains($0) },
                "MARIONETTE_SEED=\(seed) \(text)")
        }
    }
}
