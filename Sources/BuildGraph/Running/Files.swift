import Diagnostics
import Glibc

/// A system call that failed, in words.
struct SystemFailure: DiagnosticError {
    /// `can't make '/a/b': permission denied`
    let diagnostic: Diagnostic
    var exitCode: ExitCode { .failed }

    /// - Parameter what: what could not be done; the last system call says why.
    init(_ what: String) { diagnostic = Diagnostic(summary: "can't \(what): \(lastError())") }
}

/// The bytes of a file; of one in /proc too, which has no size.
func fileContents(_ path: String) throws(SystemFailure) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemFailure("open '\(path)'") }
    defer { close(file) }
    var status = stat()
    fstat(file, &status)
    var bytes: [UInt8] = []
    // One more than there should be, so that the end is seen at once.
    var piece = [UInt8](repeating: 0, count: min(max(Int(status.st_size) + 1, 1 << 12), 1 << 20))
    while true {
        let count = read(file, &piece, piece.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw SystemFailure("read '\(path)'") }
        guard count > 0 else { return bytes }
        bytes += piece[..<count]
    }
}

/// Writes a file under another name beside it, then renames: a reader sees the old content or the
/// new one whole. A file that has that content already is left alone.
public func writeAtomically(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let new = Array(bytes)
    if let old = try? fileContents(path), old == new { return }
    try makeDirectories(above: path)
    let temporary = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).new"
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw SystemFailure("make '\(temporary)'") }
    var isWritten = true
    new.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while isWritten, !rest.isEmpty {
            let count = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            isWritten = count > 0 || errno == EINTR
            rest = rest.dropFirst(max(0, count))
        }
    }
    let failure = isWritten ? nil : SystemFailure("write '\(temporary)'")
    close(file)
    if failure == nil, rename(temporary, path) == 0 { return }
    let renaming = SystemFailure("write '\(path)'")
    unlink(temporary)
    throw failure ?? renaming
}

/// Makes the directory that a path is in, and those above it.
func makeDirectories(above path: String) throws(SystemFailure) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let directory = String(path[..<slash])
    if mkdir(directory, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT else { throw SystemFailure("make '\(directory)'") }
    try makeDirectories(above: directory)
    guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
        throw SystemFailure("make '\(directory)'")
    }
}

/// Without `.`, `..` and doubled slashes; a path with none of them stays as it is.
///
/// Behind a symbolic link `..` is not the directory that stands before it in the path: there it stays.
func normalised(_ path: String) -> String {
    guard path.contains("/.") || path.contains("//") else { return path }
    var kept: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        guard part == ".." else {
            kept.append(part)
            continue
        }
        guard let last = kept.last else { continue }
        var status = stat()
        let isLink =
            lstat("/" + kept.joined(separator: "/"), &status) == 0
            && status.st_mode & S_IFMT == S_IFLNK
        if last == ".." || isLink { kept.append(part) } else { kept.removeLast() }
    }
    return "/" + kept.joined(separator: "/")
}
