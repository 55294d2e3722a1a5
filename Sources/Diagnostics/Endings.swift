/// The name of a signal, as Linux numbers them on all but a few architectures: `SIGSEGV`.
public func signalName(_ number: Int32) -> String {
    let names = [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE",
        "SIGKILL",
        "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM",
    ]
    return names.indices.contains(Int(number) - 1) ? names[Int(number) - 1] : "signal \(number)"
}

/// What the exit status of any program means where shells give it a meaning of its own, and the
/// number alone elsewhere.
public func exitText(_ status: Int32) -> String {
    switch status {
    case 126: "exit code 126: a program can't be executed"
    case 127: "exit code 127: a program was not found"
    case 129...192: "exit code \(status): a program was killed by \(signalName(status - 128))"
    default: "exit code \(status)"
    }
}

/// What a slave's own exit status means (Documentation/Protocol.md); what any program's means
/// elsewhere. Goes on from "its slave" or "the slave".
public func slaveExitText(_ status: Int32) -> String {
    switch status {
    case 0: "ended of itself"
    case 64: "does not know its arguments"
    case 65: "found that the bundle is not what its manifest says"
    case 70: "passes values differently in Swift and in C"
    case 71: "was refused memory, processes or files by its system"
    case 75: "gave up: a replica, or one worker after the other, was gone"
    case 76: "was sent bytes that break the protocol"
    case 126: "can't be executed there"
    case 127: "or its emulator was not found there"
    case 129...192: "was killed by \(signalName(status - 128))"
    default: "exited with status \(status)"
    }
}
