/// The languages that an interface is generated in, by the names that the command line has for them.
public enum StubLanguage: String, CaseIterable, Sendable {
    /// Header, source and `main` of a slave.
    case c
    /// The same: C++ workers include the header, whose functions have C linkage.
    case cxx = "c++"
    /// Types and the client of a master, in one file.
    case swift
    /// Types, the protocol and `main` of a slave whose worker is in Embedded Swift.
    case swiftWorker = "swift-worker"

    /// - Parameters:
    ///   - name: names the files, where they shall not be named after the interface
    ///   - options: of the Swift client
    public func files(
        of model: InterfaceModel, name: String? = nil, options: SwiftOptions = SwiftOptions()
    ) -> [GeneratedFile] {
        switch self {
        case .c, .cxx: return cStubs(model, stem: name ?? model.stem)
        case .swiftWorker: return swiftWorkerStubs(model, stem: name ?? model.stem)
        case .swift:
            let file = swiftClient(model, options: options)
            return [name.map { GeneratedFile(name: "\($0).swift", text: file.text) } ?? file]
        }
    }
}
