import Marionette

/// Gathers polygons into one mesh for each surface and kind (with normals or flat).
struct MeshCollector {
    private struct Key: Hashable {
        var surface: UInt32
        var smooth: Bool
    }

    private(set) var meshes: [Mesh] = []
    private var indices: [Key: Int] = [:]

    /// `normals` is empty, or has one for each corner.
    mutating func add(surface: UInt32, corners: [Vector], normals: [Vector]) {
        let key = Key(surface: surface, smooth: !normals.isEmpty)
        let index = indices[key] ?? meshes.count
        if index == meshes.count {
            meshes.append(Mesh(surface: surface))
            indices[key] = index
        }
        let first = UInt32(meshes[index].positions.count / 3)
        for corner in corners { meshes[index].positions += [corner.x, corner.y, corner.z] }
        for normal in normals { meshes[index].normals += [normal.x, normal.y, normal.z] }
        meshes[index].indices += Triangulation.triangles(of: corners).map { first + UInt32($0) }
    }
}
