import Foundation
import Simulation
import TestKit
import Testing

@testable import Soak

@Suite(.serialized, .timeLimit(.minutes(20))) struct SoakTests {
    /// Other seeds each day.
    private static let seed = UInt64(Date().timeIntervalSince1970) / 86_400 * 1000

    private static func soak(_ arguments: [String]) throws -> TestProcess {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        return try TestProcess.run(
            [folder.appendingPathComponent("Soak").path, "cluster", "off"] + arguments,
            within: 1_150)
    }

    @Test func `random programs on processes that are broken give what the model says`() throws {
        let soak = try Self.soak(["seed", "\(Self.seed)", "minutes", "0.2"])
        #expect(soak.status == 0, "\(soak.told)")
        #expect(soak.output.contains(" operations, "), "\(soak.told)")
    }

    @Test func `a slave that forgets an update is noticed, and its seed is made small`() throws {
        let soak = try Self.soak([
            "flags", "-DSOAK_FORGETS=8", "faults", "off", "minutes", "10", "seed", "\(Self.seed)",
            "shrink",
        ])
        #expect(soak.status == 1, "\(soak.told)")
        let last = soak.output.split(separator: "\n").last { $0.hasPrefix("make soak SEED=") }
        let steps = try #require(last).split(separator: " ").first { $0.hasPrefix("STEPS=") }
        let numbers = StepNumbers(String(try #require(steps).dropFirst(6))).numbers
        // The update, an operation that sees it, and what is in the way of leaving out more.
        #expect((1...4).contains(try #require(numbers).count), "\(soak.told)")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the same seed gives the same program`(seed: UInt64) {
        let texts = (0..<2).map { _ in SoakProgram(seed: seed).text(of: nil) }
        #expect(texts[0] == texts[1])
        #expect(SoakProgram(seed: seed + 1).text(of: nil) != texts[0])
    }

    @Test func `sizes come at every threshold, around it and between`() {
        var random = SeededNumbers(Self.seed)
        let sizes = (0..<20_000).map { _ in Sizes.any(atMost: SoakProgram.contentMax, &random) }
        for threshold in Sizes.thresholds {
            for offset in -1...1 { #expect(sizes.contains(threshold + offset)) }
            // A record has a header.
            #expect(sizes.contains { (threshold - 200..<threshold - 1).contains($0) })
            #expect(sizes.contains { (threshold + 2..<2 * threshold).contains($0) })
        }
        #expect(sizes.allSatisfy { (0...SoakProgram.contentMax).contains($0) })
    }

    @Test(arguments: [[17], [1, 40], [3, 4, 5], [2, 20, 38]])
    func `what is made small is what fails, and nothing else`(needed: [Int]) {
        let shrinking = Shrinking(
            fails: { variant in needed.allSatisfy(variant.steps.contains) }, tries: 1)
        let smallest = shrinking.smallest(SeedVariant(), steps: Array(1...40))
        #expect(smallest.steps.numbers == Set(needed))
        #expect(!smallest.hasFaults)
    }

    @Test func `numbers of steps are read as they are printed`() {
        for text in ["all", "1", "1-3", "3,7-9", "1-2,4,6-40"] {
            #expect(StepNumbers(text).description == text)
        }
    }
}
