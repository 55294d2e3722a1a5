import Foundation

/// The slave's runtime as tests compile it: `Sources/CSlave`, whatever its rooms are.
public enum SlaveSources {
    public static let directory = "\(Checkout.root)/Sources/CSlave"
    /// Where `marionette.h` is.
    public static let headers = "-I\(directory)/include"

    /// All of it, in order.
    public static let all: [String] =
        (FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(".c") }.sorted().map { "\(directory)/\($0)" }

    /// What a program needs that encodes and decodes, and runs no slave.
    public static let coding = named(
        "buffers/arena", "wire/xdr_bytes", "wire/xdr_fault", "wire/xdr_read", "wire/xdr_write")

    /// Files without their suffix, as in `wire/record`.
    public static func named(_ files: String...) -> [String] {
        files.map { "\(directory)/\($0).c" }
    }
}
