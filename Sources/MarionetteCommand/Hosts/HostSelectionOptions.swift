import ArgumentParser
import Inventory

/// Which hosts of the manifest are meant; all, where nothing is said.
struct HostSelectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only these hosts: 'pi[1-4],xeon', 'pi*', '!pi3'; may be repeated.",
            valueName: "pattern"))
    var hosts: [String] = []

    @Option(
        name: [.customShort("x"), .long],
        help: ArgumentHelp("Leave these hosts out; may be repeated.", valueName: "pattern"))
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only hosts of this target; may be repeated.", valueName: "target"))
    var target: [String] = []

    @Flag(help: "Only hosts of this machine ('via: local').")
    var local = false

    var selection: HostSelection {
        HostSelection(hosts: hosts, excluded: exclude, targets: target, areLocal: local)
    }
}
