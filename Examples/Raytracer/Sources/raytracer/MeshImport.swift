import CAssimp
import Foundation
import Marionette

/// Runs assimp on one file and hands the meshes over as XDR; in a process of its own, because
/// assimp reads hostile bytes in C++: whatever it does to itself, the master only sees a process
/// that ended.
enum MeshImport {
    /// The first byte of what the process writes: what follows.
    enum Answer: UInt8 {
        /// A `Scene` in XDR: surfaces and meshes.
        case scene = 1
        /// The reason in UTF-8.
        case failure = 2
    }

    static let memoryBytesMax: rlim_t = 4 << 30
    static let processorSecondsMax: rlim_t = 60

    /// What the process does: writes the answer to standard output.
    static func answer(file: String) {
        // A limit that can't be set leaves the one that the system has.
        bound(RLIMIT_AS, memoryBytesMax)
        bound(RLIMIT_CPU, processorSecondsMax)
        bound(RLIMIT_CORE, 0)
        FileHandle.standardOutput.write(Data(answerBytes(file: file)))
    }

    private static func bound(_ resource: __rlimit_resource, _ value: rlim_t) {
        var limit = rlimit(rlim_cur: value, rlim_max: value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    private static let steps = [
        aiProcess_ValidateDataStructure, aiProcess_Triangulate, aiProcess_JoinIdenticalVertices,
        aiProcess_PreTransformVertices,
    ].reduce(UInt32(0)) { $0 | $1.rawValue }

    private static func answerBytes(file: String) -> [UInt8] {
        guard let raw = aiImportFile(file, 0) else {
            return failure(String(cString: aiGetErrorString()))
        }
        // assimp's validation calls points without faces broken; they are just nothing to draw.
        guard hasPolygons(raw.pointee) else {
            aiReleaseImport(raw)
            return answer(Scene())
        }
        guard let imported = aiApplyPostProcessing(raw, steps) else {
            return failure(String(cString: aiGetErrorString()))
        }
        defer { aiReleaseImport(imported) }
        return answer(scene(imported.pointee))
    }

    private static func hasPolygons(_ imported: aiScene) -> Bool {
        (0..<Int(imported.mNumMeshes)).contains { number in
            guard let mesh = imported.mMeshes[number]?.pointee else { return false }
            return (0..<Int(mesh.mNumFaces)).contains { mesh.mFaces[$0].mNumIndices >= 3 }
        }
    }

    private static func answer(_ scene: Scene) -> [UInt8] {
        do throws(XDRError) {
            var encoder = XDREncoder()
            try scene.encode(to: &encoder)
            return [Answer.scene.rawValue] + encoder.bytes
        } catch {
            return failure("\(error)")
        }
    }

    private static func failure(_ reason: String) -> [UInt8] {
        [Answer.failure.rawValue] + Array(reason.utf8)
    }

    private static func scene(_ imported: aiScene) -> Scene {
        var scene = Scene()
        for index in 0..<Int(imported.mNumMaterials) {
            scene.surfaces.append(surface(imported.mMaterials[index]))
        }
        for index in 0..<Int(imported.mNumMeshes) {
            if let mesh = imported.mMeshes[index] { scene.meshes.append(Self.mesh(mesh.pointee)) }
        }
        return scene
    }

    private static func surface(_ material: UnsafeMutablePointer<aiMaterial>?) -> Surface {
        var surface = Surface.plain
        var diffuse = aiColor4D()
        guard let material,
            aiGetMaterialColor(material, "$clr.diffuse", 0, 0, &diffuse) == aiReturn_SUCCESS
        else { return surface }
        surface.color = Color(red: diffuse.r, green: diffuse.g, blue: diffuse.b)
        return surface
    }

    private static func mesh(_ imported: aiMesh) -> Mesh {
        var mesh = Mesh(surface: imported.mMaterialIndex)
        let corners = Int(imported.mNumVertices)
        mesh.positions = numbers(imported.mVertices, corners)
        mesh.normals = numbers(imported.mNormals, corners)
        for index in 0..<Int(imported.mNumFaces) {
            let face = imported.mFaces[index]
            // What triangulation leaves with fewer corners are points and lines.
            if face.mNumIndices == 3 {
                mesh.indices += [face.mIndices[0], face.mIndices[1], face.mIndices[2]]
            }
        }
        return mesh
    }

    private static func numbers(
        _ vectors: UnsafeMutablePointer<aiVector3D>?, _ count: Int
    ) -> [Float] {
        guard let vectors else { return [] }
        var numbers: [Float] = []
        numbers.reserveCapacity(3 * count)
        for index in 0..<count {
            let vector = vectors[index]
            numbers += [vector.x, vector.y, vector.z]
        }
        return numbers
    }
}
