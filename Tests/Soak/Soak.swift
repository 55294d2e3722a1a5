import Foundation
import TestKit

/// Random programs on real processes, beside a model that says what must come of them, while a hand
/// breaks processes, connections and hosts.
///
///     soak [minutes N] [seed S] [steps LIST] [faults off] [shrink] [cluster off] [sanitize]
///          [flags FLAG]
///
/// Seeds from S on, or from one of the date, for so long; a seed alone: that one once. Exit 1 at the
/// first seed that fails.
@main
struct Soak {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "master" {
            await SoakMaster.run(Array(arguments.dropFirst()))
            return
        }
        guard let options = SoakOptions(arguments) else {
            tell(SoakOptions.usage)
            exit(64)
        }
        do {
            exit(try SoakSession(options).run() ? 0 : 1)
        } catch {
            tell("\(error)")
            exit(70)
        }
    }
}

struct SoakOptions {
    static let usage = """
        usage: soak [minutes N] [seed S] [steps 3,7-9] [faults off] [shrink] [cluster off] \
        [sanitize] [flags FLAG]
        """

    var minutes: Double?
    var seed: UInt64?
    var variant = SeedVariant()
    var shrinks = false
    var hasCluster = true
    var sanitizes = false
    /// Of the compiler of the slaves.
    var flags: [String] = []

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "shrink": shrinks = true
            case "sanitize": sanitizes = true
            default:
                guard let value = rest.popFirst() else { return nil }
                switch (word, value) {
                case ("minutes", _):
                    guard let number = Double(value) else { return nil }
                    minutes = number
                case ("seed", _):
                    guard let number = UInt64(value) else { return nil }
                    seed = number
                case ("steps", _): variant.steps = StepNumbers(value)
                case ("faults", "off"): variant.hasFaults = false
                case ("faults", "on"): variant.hasFaults = true
                case ("flags", _): flags.append(value)
                case ("cluster", "off"): hasCluster = false
                case ("cluster", "on"): hasCluster = true
                default: return nil
                }
            }
        }
    }

    /// The seeds to try: another day has others.
    var seeds: PartialRangeFrom<UInt64> {
        (seed ?? UInt64(Date().timeIntervalSince1970) / 60 * 1000)...
    }
}

/// At once, also into a pipe.
func tell(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
