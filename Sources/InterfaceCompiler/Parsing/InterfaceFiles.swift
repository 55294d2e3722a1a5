import Foundation

/// Where included files are found: in the directory of the file that includes, then in `searched`.
///
/// The compiler itself touches no file system; `onDisk` does.
public struct InterfaceFiles: Sendable {
    let searched: [String]
    private let size: @Sendable (String) -> Int?
    private let read: @Sendable (String) -> String?

    /// - Parameters:
    ///   - size: the bytes of a regular file; nil where there is none
    ///   - read: its text
    public init(
        searched: [String] = [], size: @escaping @Sendable (String) -> Int?,
        read: @escaping @Sendable (String) -> String?
    ) {
        self.searched = searched
        self.size = size
        self.read = read
    }

    /// No file can be included.
    public static let none = InterfaceFiles(size: { _ in nil }, read: { _ in nil })

    /// - Parameter directory: what the interface's path is relative to
    public static func onDisk(
        in directory: String = "", searched: [String] = []
    ) -> InterfaceFiles {
        let place = { @Sendable (path: String) in
            directory.isEmpty || path.hasPrefix("/") ? path : "\(directory)/\(path)"
        }
        return InterfaceFiles(
            searched: searched,
            size: { path in
                let facts = try? FileManager.default.attributesOfItem(
                    atPath: URL(fileURLWithPath: place(path)).resolvingSymlinksInPath().path)
                // A device or a pipe has no end that could be waited for.
                guard facts?[.type] as? FileAttributeType == .typeRegular else { return nil }
                return (facts?[.size] as? NSNumber)?.intValue
            },
            read: { path in
                (try? Data(contentsOf: URL(fileURLWithPath: place(path)))).map {
                    String(decoding: $0, as: UTF8.self)
                }
            })
    }

    func directories(for file: String) -> [String] { [Self.directory(of: file)] + searched }

    private static func directory(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// The path of the file `name`, as `file` includes it.
    func find(_ name: String, from file: String) -> String? {
        let candidates =
            name.hasPrefix("/")
            ? [name]
            : directories(for: file).map { $0 == "." ? name : "\($0 == "/" ? "" : $0)/\(name)" }
        return candidates.first { size($0) != nil }
    }

    func text(_ path: String, atMost bytes: Int) -> String? {
        guard let size = size(path), size <= bytes else { return nil }
        return read(path)
    }
}
