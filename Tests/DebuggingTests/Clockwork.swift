import Foundation
import TestKit

/// A program that stands in for a worker: it prints a dot every few milliseconds for as long as it
/// goes on, so that a test can wait for a sign of life instead of for time to pass.
final class Clockwork {
    static let source = """
        #include <stdio.h>
        #include <time.h>
        int turns;
        int rare(int value) { return value + 1; }
        void tick(void) { turns++; putchar('.'); fflush(stdout); }
        int main(int argc, char **argv) {
            (void)argv;
            for (;;) {
                struct timespec pause = {0, 2000000};
                tick();
                if (argc > 1) rare(turns);
                nanosleep(&pause, 0);
            }
        }

        """

    let directory: TemporaryDirectory
    let program: String
    /// A shell around it: like a worker, it leads no process group.
    let process: TestProcess
    let identifier: pid_t

    init() throws {
        directory = try TemporaryDirectory("clockwork")
        program = "\(directory.path)/clockwork"
        let file = try directory.write(Self.source, to: "clockwork.c")
        let compiled = try TestProcess.run(["cc", "-g", "-O0", "-o", program, file])
        guard compiled.status == 0 else { throw TestProcess.Failure(description: compiled.told) }
        process = try TestProcess(["sh", "-c", "\"$0\" & echo \"$!:\"; wait \"$!\"", program])
        try process.waitForText(":")
        let first = process.output.split(separator: ":").first?.drop { $0 == "." }
        guard let identifier = first.flatMap({ pid_t($0) }) else {
            throw TestProcess.Failure(description: process.told)
        }
        self.identifier = identifier
        try expectLife()
    }

    deinit { process.end() }

    /// Waits for a tenth of a second's worth of new dots.
    func expectLife() throws {
        let dots = process.output.count { $0 == "." }
        try process.wait(
            within: 300, for: "signs of life", output: { $0.count { $0 == "." } > dots + 50 })
        guard process.ending == nil else { throw TestProcess.Failure(description: process.told) }
    }
}
