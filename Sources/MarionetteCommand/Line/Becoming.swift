import Foundation

/// Puts a program in this process's place: the terminal, the signals and the exit code are then its
/// own. Returns only where that failed, with the reason.
///
/// - Parameter command: the program, found by PATH where it has no slash, and its arguments.
func become(_ command: [String]) -> String {
    // Tasks run on threads that block every signal; that would be handed on, and the program could
    // not be interrupted.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    var arguments = command.map { strdup($0) } + [nil]
    execvp(command[0], &arguments)
    let reason = String(cString: strerror(errno))
    arguments.forEach { free($0) }
    return reason
}
