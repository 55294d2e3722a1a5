import Diagnostics
import Testing

@Test(
    arguments: [
        (0, "ended of itself"), (3, "exited with status 3"), (64, "does not know its arguments"),
        (65, "found that the bundle is not what its manifest says"),
        (70, "passes values differently in Swift and in C"),
        (71, "was refused memory, processes or files by its system"),
        (75, "gave up: a replica, or one worker after the other, was gone"),
        (76, "was sent bytes that break the protocol"), (126, "can't be executed there"),
        (127, "or its emulator was not found there"), (137, "was killed by SIGKILL"),
        (139, "was killed by SIGSEGV"), (255, "exited with status 255"),
    ] as [(Int32, String)])
func `each exit status of a slave is a sentence`(status: Int32, text: String) {
    #expect(slaveExitText(status) == text)
}

@Test func `an exit status to which shells give a meaning is told with it`() {
    #expect(exitText(1) == "exit code 1")
    #expect(exitText(126) == "exit code 126: a program can't be executed")
    #expect(exitText(127) == "exit code 127: a program was not found")
    #expect(exitText(137) == "exit code 137: a program was killed by SIGKILL")
    #expect(signalName(11) == "SIGSEGV")
    #expect(signalName(40) == "signal 40")
}
