import Foundation
import Testing

@testable import Inventory

/// A manifest and all that is said about it.
struct FaultyManifest: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let yaml: String
    let told: String

    init(_ name: String, _ yaml: String, told: String) {
        (testDescription, self.yaml, self.told) = (name, yaml, told)
    }
}

@Suite struct ManifestFaultTests {
    let project: ManifestProject

    init() throws { project = try ManifestProject() }

    @Test(arguments: faultyKeys)
    func `what is wrong with keys is told`(manifest: FaultyManifest) throws {
        #expect(try project.told(manifest.yaml) == manifest.told)
    }

    @Test(arguments: faultyFiles)
    func `what is wrong with files is told`(manifest: FaultyManifest) throws {
        #expect(try project.told(manifest.yaml) == manifest.told)
    }

    @Test(arguments: faultySwift)
    func `what workers in Swift can't have is told`(manifest: FaultyManifest) throws {
        #expect(try project.told(manifest.yaml) == manifest.told)
    }

    @Test(arguments: faultyHosts)
    func `what is wrong with hosts is told`(manifest: FaultyManifest) throws {
        #expect(try project.told(manifest.yaml) == manifest.told)
    }
}
