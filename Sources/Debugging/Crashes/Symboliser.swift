import Inventory
import Transport

/// One function that was active: an address has several where some were inlined.
struct CodePlace: Hashable, Sendable {
    var function: String
    /// `worker/scene.c:41`; nil: not known.
    var line: String?
    /// It has no frame of its own.
    var isInlined = false
}

/// llvm-symbolizer or addr2line: they take the same options and answer in the same form.
struct Symboliser {
    static let names = ["llvm-symbolizer", "llvm-addr2line", "addr2line"]

    private let program: String

    /// nil: none is on this machine. `MARIONETTE_SYMBOLIZER` names one that is elsewhere.
    init?(environment: [String: String]) {
        if let named = environment["MARIONETTE_SYMBOLIZER"], !named.isEmpty {
            program = named
            return
        }
        let found = Self.names.lazy.flatMap { Programs.named($0, environment: environment) }.first
        guard let found else { return nil }
        program = found
    }

    /// The places of each address; nil: it can't read the file.
    func places(of addresses: [UInt64], in file: String) -> [[CodePlace]]? {
        var command = [program]
        if program.hasSuffix("symbolizer") { command.append("--output-style=GNU") }
        command += ["-a", "-f", "-C", "-i", "-e", file]
        command += addresses.map { "0x" + String($0, radix: 16) }
        guard let here = try? StandardConnector().connect(to: .local, host: "symboliser"),
            let result = try? here.run(command), result.status == 0
        else { return nil }
        let places = Self.places(in: result.outputText)
        return places.count == addresses.count ? places : nil
    }

    /// Of what `-a -f -i` prints: an address, then a function and its place on a line each, the
    /// innermost first.
    static func places(in output: String) -> [[CodePlace]] {
        var all: [[CodePlace]] = []
        var function: String?
        for line in output.split(separator: "\n") {
            if function == nil, line.hasPrefix("0x") {
                all.append([])
            } else if let name = function {
                function = nil
                guard !all.isEmpty else { continue }
                // `scene.c:41 (discriminator 2)`
                let place = line.prefix { $0 != " " }
                let isKnown =
                    !place.hasPrefix("??") && !place.hasSuffix(":?")
                    && !place.hasSuffix(":0")
                all[all.count - 1].append(
                    CodePlace(function: name, line: isKnown ? String(place) : nil))
            } else {
                function = String(line)
            }
        }
        return all.map { places in
            places.enumerated().map { index, place in
                var place = place
                place.isInlined = index < places.count - 1
                return place
            }
        }
    }
}
