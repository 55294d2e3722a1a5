// The compiler of interface files under libFuzzer: any text is compiled or refused, and what is
// compiled can be generated from.
import InterfaceCompiler

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    guard let model = try? compileInterface(text: text, file: "fuzz.x") else { return 0 }
    precondition(!cStubs(model, stem: "fuzz").isEmpty)
    precondition(!swiftClient(model).text.isEmpty)
    return 0
}
