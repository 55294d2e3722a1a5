import Diagnostics

/// What is said of a name that no target has.
enum UnknownTarget {
    /// More than this many are listed by their own command.
    private static let listedMax = 8

    static func notes(among known: [String]) -> [String] {
        [
            known.count <= listedMax
                ? "targets: \(known.joined(separator: ", "))" : "'marionette targets' lists them"
        ]
    }

    static func remedy(_ name: String, among known: [String]) -> String? {
        meant(name, among: known).map { "did you mean '\($0)'?" }
    }

    /// Who writes `s390x` or `aarch64-linux` means the one for it that needs no C library of the host.
    static func meant(_ name: String, among known: [String]) -> String? {
        let longer = known.filter { $0.hasPrefix("\(name)-") }.sorted()
        return longer.first { $0.contains("-linux-musl") } ?? longer.first
            ?? nearest(to: name, among: known)
    }
}
