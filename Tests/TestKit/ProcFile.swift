import Foundation

/// All of a file of /proc, which has no size: what Foundation reads of such a file at once is its first
/// 4 KiB. Empty where there is none.
public func procFile(_ path: String) -> Data {
    FileHandle(forReadingAtPath: path)?.readDataToEndOfFile() ?? Data()
}
