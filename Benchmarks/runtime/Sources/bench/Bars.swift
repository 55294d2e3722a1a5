import Foundation
import Programs
import RunRecords
import Table

let runVariable = RunDescription.environmentVariable

/// Measures each bar, in turn with the C program where that is the reference, so that what disturbs
/// the machine disturbs both; medians.
struct Bars {
    let directory: String
    private static let rounds = 5

    /// What rows are about.
    enum Part: String, CaseIterable { case operations, sharing, start, efficiency, growth, memory }

    func measure(_ parts: [Part] = Part.allCases) throws {
        Row.printHeader()
        for part in parts {
            switch part {
            case .operations: try measureOperations()
            case .sharing: try measureSharing()
            case .start: try measureStart()
            case .efficiency: try measureEfficiency()
            case .growth: try measureGrowth()
            case .memory: try measureMemory()
            }
        }
    }

    private func measureOperations() throws {
        let rounds = try (0..<Self.rounds).map { _ in
            let limit = try limit("batches", "4000000")
            let batches = try run(.batches)[0]
            let tasks = try run(.tasks)[0]
            let resumes = try resumes("400000")
            return [limit, batches, tasks, resumes, batches / limit, tasks / resumes]
        }
        let middle = medians(rounds)
        Row(
            "null operation, 64 bytes each way, in batches", number(middle[1] / 1e6, 3), "M/s",
            reference: "\(number(middle[0] / 1e6)) M/s in C", ratio: middle[4], .atLeast(0.35)
        ).print()
        Row(
            "null operation, awaited one task each", number(middle[2] / 1e6, 3), "M/s",
            reference: "\(number(middle[3] / 1e6)) M/s: tasks alone", ratio: middle[5],
            .atLeast(0.9)
        ).print()
        let alone = try medians(
            (0..<Self.rounds).map { _ in
                let limit = try limit("alone", "5000")
                let span = try run(.alone, workers: 1)[0]
                return [limit, span, span / limit]
            })
        Row(
            "round trip, one at a time", number(alone[1], 1), "µs",
            reference: "\(number(alone[0], 1)) µs in C", ratio: alone[2], .atMost(1.8)
        ).print()
        let bulk = try medians(
            (0..<Self.rounds).map { _ in
                let limit = try limit("bulk", "1000")
                let speed = try run(.bulk)[0]
                return [limit, speed, speed / limit]
            })
        Row(
            "1 MiB each way", number(bulk[1] / 1e6, 0), "MB/s",
            reference: "\(number(bulk[0] / 1e6, 0)) MB/s in C", ratio: bulk[2], .atLeast(0.5)
        ).print()
    }

    private func measureSharing() throws {
        let size = Double(Program.shareBytes)
        let middle = try medians(
            (0..<Self.rounds).map { _ in
                let limit = try limit("share")
                let (shared, sent) = try runCounting(.share)
                let (_, sentWithChange) = try runCounting(.change)
                return [limit, shared[0], shared[0] / limit, shared[1], sentWithChange - sent]
            })
        Row(
            "256 MiB of shared data to 8 workers", number(middle[1]), "s",
            reference: "\(number(middle[0])) s by memfd in C", ratio: middle[2], .atMost(2)
        ).print()
        Row(
            "the slave's memory then (PSS)", mebibytes(middle[3]), "MiB",
            reference: "\(mebibytes(size)) MiB", ratio: middle[3] / size, .atMost(1.1)
        ).print()
        Row(
            "sent for a change of 1 MiB", mebibytes(middle[4]), "MiB",
            reference: "1 MiB", ratio: middle[4] / Double(1 << 20), .atMost(1.3)
        ).print()
    }

    private func measureStart() throws {
        let sizes = [2, 16]
        let middle = try medians(
            (0..<11).map { _ in try sizes.map { try secondsToFirstResult($0) * 1e3 } })
        for (span, (workers, goal)) in zip(middle, zip(sizes, [30.0, 120.0])) {
            Row(
                "first result after start, \(workers) workers", number(span, 1), "ms",
                reference: "\(number(goal, 0)) ms", ratio: span / goal, .atMost(1)
            ).print()
        }
    }

    private func measureEfficiency() throws {
        let ideal = Double(Program.restCount) * 0.02 / 64
        let span = try run(.rest, hosts: 4, workers: 16)[0]
        Row(
            "64 workers, 20,000 operations of 20 ms", number(span), "s",
            reference: "\(number(ideal)) s is ideal", ratio: ideal / span, .atLeast(0.98)
        ).print()
        let killed = try median((0..<3).map { _ in try run(.kill, workers: 4)[0] })
        Row(
            "200 × 50 ms, one of 4 workers killed", number(killed), "s",
            reference: "2.50 s is ideal", ratio: killed / 2.5, .atMost(1.12)
        ).print()
    }

    private func measureGrowth() throws {
        let sizes = [64, 1_000, 2_000]
        let rates = try medians(
            (0..<3).map { _ in
                let rates = try sizes.map { try run(.growth, hosts: $0, workers: 1)[0] }
                return rates + rates.map { $0 / rates[0] }
            })
        for (index, count) in sizes.enumerated().dropFirst() {
            Row(
                "null operation, \(count) slaves of one worker", number(rates[index] / 1e6, 3),
                "M/s",
                reference: "\(number(rates[0] / 1e6, 3)) M/s with 64",
                ratio: rates[sizes.count + index],
                .atLeast(0.5)
            ).print()
        }
    }

    private func measureMemory() throws {
        let middle = try medians((0..<3).map { _ in try run(.idle) })
        Row(
            "idle slave of 2 workers (PSS)", mebibytes(middle[1]), "MiB", reference: "0.5 MiB",
            ratio: middle[1] / Double(1 << 19), .atMost(1)
        ).print()
        Row(
            "idle master (PSS, no other Swift program)", mebibytes(middle[0]), "MiB",
            reference: "12 MiB", ratio: middle[0] / Double(12 << 20), .atMost(1)
        ).print()
    }

    private func medians(_ rows: [[Double]]) -> [Double] {
        rows[0].indices.map { column in median(rows.map { $0[column] }) }
    }

    private func mebibytes(_ bytes: Double) -> String { number(bytes / Double(1 << 20)) }
}
