/// A function that the author of a worker writes for an operation.
public struct WorkerFunction: Hashable, Sendable {
    /// As the interface names it.
    public let operation: String
    /// As the worker names it: in C the symbol too.
    public let name: String
    /// On one line, as the worker writes it before the body.
    public let prototype: String
}

/// The functions of a worker in C or C++, or the methods of one in Swift, in the order of the
/// interface; none where it has no application.
public func workerFunctions(
    of model: InterfaceModel, in language: StubLanguage
) -> [WorkerFunction] {
    guard let application = model.application else { return [] }
    switch language {
    case .c, .cxx:
        let types = CTypes(model: model)
        return CApplication(application: application, model: model, types: types).functions
    case .swift, .swiftWorker:
        return SwiftWorker(application: application, types: SwiftTypes(model: model)).functions
    }
}

/// The symbol of the first function of the user's that an operation executes; of a worker in Swift, whose
/// own names are mangled, that of the generated one that calls it.
public func entryFunction(
    of operation: InterfaceOperation, in model: InterfaceModel, isSwift: Bool
) -> String {
    guard let application = model.application else { return operation.procedure.name }
    if isSwift { return application.executeFunction(operation) }
    let types = CTypes(model: model)
    return CApplication(application: application, model: model, types: types).function(operation)
}

extension CApplication {
    fileprivate var functions: [WorkerFunction] {
        application.operations.map { operation in
            WorkerFunction(
                operation: operation.procedure.name, name: function(operation),
                prototype:
                    "bool \(function(operation))(\(signature(operation).joined(separator: ", ")))")
        }
    }
}

extension SwiftWorker {
    fileprivate var functions: [WorkerFunction] {
        application.operations.map { operation in
            let name = SwiftNames.value(operation.procedure.name)
            let keyword = operation.kind == .context ? "mutating func" : "func"
            let result = operation.procedure.result.map { " -> \(types.name($0))" } ?? ""
            return WorkerFunction(
                operation: operation.procedure.name, name: name,
                prototype: "\(keyword) \(name)(\(signature(operation).joined(separator: ", ")))"
                    + " throws(OperationFailure)\(result)")
        }
    }
}
