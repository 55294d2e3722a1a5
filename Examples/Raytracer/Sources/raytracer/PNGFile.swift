import CLibPNG
import Foundation
import Marionette

/// Writes a picture as PNG; under a temporary name first, so that nobody ever sees half a picture.
struct PNGFile {
    let path: String

    init(_ path: String) { self.path = path }

    private var folder: URL { URL(filePath: path).deletingLastPathComponent() }

    /// Creates the directory, and tells before the rendering whether the picture can be written
    /// there.
    func prepare() throws(ImageError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch { throw .notWritten(file: path, reason: Self.reason(of: error)) }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
        {
            throw .notWritten(file: path, reason: "it is a directory")
        }
        guard FileManager.default.isWritableFile(atPath: folder.path) else {
            throw .notWritten(file: path, reason: "its directory is not writable")
        }
    }

    func write(_ image: Image) throws(ImageError) {
        try prepare()
        let bytes = try encoded(image)
        let name = URL(filePath: path).lastPathComponent
        let temporary = folder.appending(
            path: ".\(name).\(ProcessInfo.processInfo.processIdentifier)")
        do {
            guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
                throw ImageError.notWritten(file: path, reason: String(cString: strerror(errno)))
            }
            let handle = try FileHandle(forWritingTo: temporary)
            try handle.write(contentsOf: bytes)
            try handle.synchronize()
            try handle.close()
            guard rename(temporary.path, path) == 0 else {
                throw ImageError.notWritten(file: path, reason: String(cString: strerror(errno)))
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            if let error = error as? ImageError { throw error }
            throw .notWritten(file: path, reason: Self.reason(of: error))
        }
    }

    /// libpng's interface for whole images: it catches its own errors, which else leave by longjmp,
    /// past Swift.
    private func encoded(_ image: Image) throws(ImageError) -> Data {
        var description = png_image()
        description.version = png_shim_version
        description.width = png_uint_32(image.width)
        description.height = png_uint_32(image.height)
        description.format = png_shim_format_rgb
        defer { png_image_free(&description) }
        // Bytes of a row's filters and of deflate's worst case come on top of the pixels.
        var size = image.rgb.count + image.rgb.count / 64 + image.height + 65_536
        var bytes = Data(count: size)
        let written = bytes.withUnsafeMutableBytes { buffer in
            png_image_write_to_memory(
                &description, buffer.baseAddress, &size, 0, image.rgb, 0, nil)
        }
        guard written != 0 else {
            let message = withUnsafeBytes(of: description.message) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw .notWritten(file: path, reason: "libpng: \(message)")
        }
        return bytes.prefix(size)
    }

    private static func reason(of error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let cause, cause.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(cause.code)))
        }
        return error.localizedDescription
    }
}
