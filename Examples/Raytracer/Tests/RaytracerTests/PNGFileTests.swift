import CLibPNG
import Foundation
import Marionette
import Testing

@testable import raytracer

@Suite struct `A PNG file` {
    private func image() throws -> Image {
        var image = Image(width: 33, height: 17)
        for region in image.regions(of: 8) {
            let bytes = (0..<3 * Int(region.width * region.height)).map {
                UInt8(truncatingIfNeeded: $0 * 7)
            }
            try image.place(Tile(region: region, rgb: bytes))
        }
        return image
    }

    private func read(_ path: String) -> (width: Int, height: Int, rgb: [UInt8])? {
        var description = png_image()
        description.version = png_shim_version
        guard png_image_begin_read_from_file(&description, path) != 0 else { return nil }
        description.format = png_shim_format_rgb
        var rgb = [UInt8](repeating: 0, count: 3 * Int(description.width * description.height))
        guard png_image_finish_read(&description, nil, &rgb, 0, nil) != 0 else { return nil }
        return (Int(description.width), Int(description.height), rgb)
    }

    @Test func `holds the picture, in a directory that it creates, and nothing else stays there`()
        throws
    {
        try Programs.withTemporaryDirectory { folder in
            let path = folder.appending(path: "a/b/picture.png")
            let image = try image()
            try PNGFile(path.path).write(image)
            let back = try #require(read(path.path))
            #expect(back.width == 33 && back.height == 17 && back.rgb == image.rgb)
            let folder = path.deletingLastPathComponent().path
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["picture.png"])
        }
    }

    @Test func `is refused where a directory has its name`() throws {
        try Programs.withTemporaryDirectory { folder in
            let file = PNGFile(folder.path)
            let error = try #require(throws: ImageError.self) { try file.prepare() }
            #expect(
                error.diagnostic.rendered
                    == "error: '\(folder.path)' can't be written\n  note: it is a directory")
        }
    }

    @Test func `is refused below a file`() throws {
        try Programs.withTemporaryDirectory { folder in
            try Data().write(to: folder.appending(path: "file"))
            let path = folder.appending(path: "file/picture.png").path
            let error = try #require(throws: ImageError.self) { try PNGFile(path).prepare() }
            #expect(error.diagnostic.summary == "'\(path)' can't be written")
        }
    }

    @Test func `takes no tile that leaves the picture`() throws {
        var image = Image(width: 8, height: 8)
        let region = Region(x: 4, y: 4, width: 8, height: 1)
        let tile = Tile(region: region, rgb: [UInt8](repeating: 0, count: 24))
        #expect(throws: ImageError.foreignTile(region, bytes: 24)) { try image.place(tile) }
    }
}
