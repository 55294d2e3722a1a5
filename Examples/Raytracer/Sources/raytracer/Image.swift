import Marionette

/// A picture of 8-bit sRGB pixels, row by row, that tiles are put into.
struct Image: Hashable, Sendable {
    let width: Int
    let height: Int
    private(set) var rgb: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        rgb = [UInt8](repeating: 0, count: 3 * width * height)
    }

    /// The tiles that cover the picture, at most `side` by `side` pixels each, row by row.
    func regions(of side: Int) -> [Region] {
        stride(from: 0, to: height, by: side).flatMap { y in
            stride(from: 0, to: width, by: side).map { x in
                Region(
                    x: Int32(x), y: Int32(y), width: Int32(min(side, width - x)),
                    height: Int32(min(side, height - y)))
            }
        }
    }

    /// Throws where the tile is not one of this picture: it came from another machine.
    mutating func place(_ tile: Tile) throws(ImageError) {
        let region = tile.region
        let (x, y) = (Int(region.x), Int(region.y))
        let (tileWidth, tileHeight) = (Int(region.width), Int(region.height))
        guard x >= 0, y >= 0, tileWidth > 0, tileHeight > 0, x <= width - tileWidth,
            y <= height - tileHeight, tile.rgb.count == 3 * tileWidth * tileHeight
        else { throw .foreignTile(region, bytes: tile.rgb.count) }
        for row in 0..<tileHeight {
            let start = 3 * ((y + row) * width + x)
            let source = 3 * row * tileWidth
            rgb.replaceSubrange(
                start..<start + 3 * tileWidth, with: tile.rgb[source..<source + 3 * tileWidth])
        }
    }
}

/// What can go wrong with a picture.
enum ImageError: DiagnosticError, Hashable {
    case foreignTile(Region, bytes: Int)
    case notWritten(file: String, reason: String)

    var exitCode: ExitCode { .failed }

    var diagnostic: Diagnostic {
        switch self {
        case .foreignTile(let region, let bytes):
            Diagnostic(
                summary:
                    "a tile of \(region.width) by \(region.height) with \(bytes) bytes at "
                    + "\(region.x), \(region.y) does not belong to the picture")
        case .notWritten(let file, let reason):
            Diagnostic(summary: "'\(file)' can't be written", notes: [reason])
        }
    }
}
