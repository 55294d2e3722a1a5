import InterfaceProof
import Testing

/// Interfaces that others wrote, as Debian installs them. The generated C is compiled by gcc, by
/// clang and for four other machines with every warning an error, the Swift likewise.
@Test(arguments: SubjectFile.debian)
func `an interface of Debian's compiles to C and Swift without a warning`(
    file: SubjectFile
) throws {
    let fault = try Proof.shared.get().fault(of: file)
    #expect(fault == nil, "\(file.file):\n\(fault ?? "")")
}

@Test(arguments: SubjectFile.ours)
func `an interface of ours compiles to C and Swift without a warning`(
    file: SubjectFile
) throws {
    let fault = try Proof.shared.get().fault(of: file)
    #expect(fault == nil, "\(file.file):\n\(fault ?? "")")
}

@Test func `Debian has nineteen interfaces`() {
    #expect(SubjectFile.debian.count == 19)
    #expect(SubjectFile.ours.count >= 5)
}
