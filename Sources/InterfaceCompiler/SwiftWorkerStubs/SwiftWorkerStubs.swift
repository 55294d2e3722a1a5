/// What a worker in Embedded Swift is built from: `stem_operations.swift`, with the types of the
/// interface (the same as the master's), the protocol that the worker implements and the functions
/// that the runtime calls; and `stem_main.c`, with the tables of the runtime and `main`. Without an
/// application there are the types alone.
///
/// Both sides stand on XDRCoding: no value crosses between C and Swift but as bytes.
public func swiftWorkerStubs(_ model: InterfaceModel, stem: String) -> [GeneratedFile] {
    let options = SwiftOptions(module: "MarionetteWorker", withoutClient: true)
    let types = swiftClient(model, options: options)
    guard let application = model.application else { return [types] }
    var out = CodeWriter()
    SwiftWorker(application: application, types: SwiftTypes(model: model)).write(&out)
    var main = CodeWriter()
    SwiftWorkerMain(application: application, model: model).write(&main)
    return [
        GeneratedFile(name: "\(stem)_operations.swift", text: types.text + "\n" + out.text),
        GeneratedFile(name: "\(stem)_main.c", text: main.text),
    ]
}

extension InterfaceApplication {
    /// The functions in Swift that the tables in C name.
    func executeFunction(_ operation: InterfaceOperation) -> String {
        "\(name.snakeCased)_execute_\(operation.procedure.name.snakeCased)"
    }

    func decodeFunction(_ shared: Field) -> String {
        "\(name.snakeCased)_decode_\(shared.name.snakeCased)"
    }
}
