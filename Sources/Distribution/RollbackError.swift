import Diagnostics

/// Why hosts can't go back together; nothing was done.
public enum RollbackError: DiagnosticError, Hashable {
    case nothingActive(host: String, application: String)
    case nothingBefore(host: String, application: String)
    case previousMissing(host: String, bundle: String)
    case differing(String, String, target: String)

    public var exitCode: ExitCode { .failed }

    public var diagnostic: Diagnostic {
        switch self {
        case .nothingActive(let host, let application):
            Diagnostic(
                summary: "host '\(host)' has no current bundle of '\(application)'",
                notes: ["nothing was changed on any host"], remedy: "marionette push")
        case .nothingBefore(let host, let application):
            Diagnostic(
                summary: "host '\(host)' has no bundle of '\(application)' before the current one",
                notes: ["nothing was changed on any host"],
                remedy: "leave it out: -x \(host)")
        case .previousMissing(let host, let bundle):
            Diagnostic(
                summary:
                    "host '\(host)': the previous bundle, \(bundle.prefix(12)), is gone or damaged",
                notes: ["nothing was changed on any host"],
                remedy: "build those sources again, and push them")
        case .differing(let one, let other, let target):
            Diagnostic(
                summary: "hosts '\(one)' and '\(other)' would go back from or to different bundles",
                notes: [
                    "both have the target \(target); a push may have reached one of them only",
                    "nothing was changed on any host",
                ],
                remedy:
                    "name those that are meant with --hosts; 'marionette status --json' shows what"
                    + " each has")
        }
    }
}
