import Testing

@testable import Debugging

@Suite struct RemoteSerialTapTests {
    private func tap(debugger: [String] = [], server: [String] = []) -> RemoteSerialTap {
        var tap = RemoteSerialTap()
        for text in debugger { _ = tap.debuggerSent(text.utf8) }
        for text in server { tap.serverSent(text.utf8) }
        return tap
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `packets have a checksum of two digits`() {
        #expect(text(RemoteSerialTap.packet("D")) == "$D#44")
        #expect(text(RemoteSerialTap.packet("OK")) == "$OK#9a")
        #expect(text(RemoteSerialTap.packet("")) == "$#00")
    }

    @Test func `a farewell takes back the breakpoints that stand, and detaches`() {
        let tap = tap(debugger: ["$Z0,401000,1#00", "+$Z0,402000,1;X3,220027#00$z0,401000,1#00"])
        #expect(tap.breakpoints == ["0,402000,1"])
        #expect(text(tap.farewell(to: 164)) == "+$z0,402000,1#59$D;a4#14")
    }

    @Test func `a packet that comes in pieces is one packet`() {
        let tap = tap(debugger: ["+$Z0,4", "0100", "0,1#", "ff"])
        #expect(tap.breakpoints == ["0,401000,1"])
    }

    @Test func `a farewell ends the packet that gdb could not finish`() {
        #expect(text(tap(debugger: ["$m4010"]).farewell(to: 164)) == "#00+$D;a4#14")
    }

    @Test func `the process runs from a continuation to the next stop`() {
        var tap = tap(debugger: ["$vCont?#00", "$vCont;c:p1.-1#00"])
        #expect(tap.isRunning)
        tap.serverSent("+$T05thread:p1.1;#00".utf8)
        #expect(!tap.isRunning)
    }

    @Test(arguments: ["$D#44", "$D;1#00", "$k#6b", "$vKill;a4#00"])
    func `after gdb's own goodbye nothing is left to say`(goodbye: String) {
        #expect(tap(debugger: [goodbye]).isOver)
    }

    @Test(arguments: ["$W00#b7", "$X09#00"])
    func `after the end of the process nothing is left to say`(ending: String) {
        #expect(tap(server: [ending]).isOver)
    }

    @Test func `gdb's Ctrl-C is taken out between packets, and left alone within one`() {
        var tap = RemoteSerialTap()
        let between = tap.debuggerSent([0x2b, 0x03])
        #expect(between == RemoteSerialTap.Said(forwarded: [0x2b], isInterrupt: true))
        let within = tap.debuggerSent([0x24, 0x58, 0x03, 0x23])
        #expect(
            within == RemoteSerialTap.Said(forwarded: [0x24, 0x58, 0x03, 0x23], isInterrupt: false))
    }

    @Test func `endless data costs no memory and is no packet`() {
        var tap = RemoteSerialTap()
        let piece = Array(repeating: UInt8(ascii: "D"), count: 1000)
        for _ in 0..<100 { _ = tap.debuggerSent(piece) }
        _ = tap.debuggerSent("$x".utf8)
        for _ in 0..<100 { _ = tap.debuggerSent(piece) }
        #expect(!tap.isOver)
    }
}
