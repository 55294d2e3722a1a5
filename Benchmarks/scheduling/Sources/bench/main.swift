import Foundation
import Scheduling

// The scheduler against the bars of the project: one row for each.

func row(_ columns: [String]) {
    let widths = [44, 10, 14, 24, 8, 8, 0]
    print(
        zip(columns, widths).map {
            $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
        }
        .joined(separator: " "))
}

func number(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

func verdict(_ ratio: Double, atMost goal: Double) -> [String] {
    [number(ratio), "≤ \(number(goal, 1))", ratio <= goal ? "met" : "not met"]
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The most memory that this process ever had, in MiB.
func peakMemory() -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Double(line.filter(\.isNumber)) ?? .infinity) / 1024
}

/// What this process has used, in nanoseconds: what else the machine does is not counted.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

row(["name", "value", "unit", "reference", "ratio", "goal", ""])

let waiting = queue(1_000_000)
let memory = peakMemory()
precondition(waiting.openOperations == 1_000_000)
row(
    ["1,000,000 queued operations", number(memory, 0), "MiB", "1,024 MiB"]
        + verdict(memory / 1024, atMost: 1))

let sizes = [10, 100, 1000, 10_000]
let operations = 200_000
var times = [Int: [Double]]()
// In turn, so that what disturbs the machine disturbs all of them.
for _ in 0..<7 {
    for size in sizes {
        var workload = Workload(hosts: size)
        let start = processorTime()
        workload.execute(operations)
        times[size, default: []].append((processorTime() - start) / Double(operations))
    }
}
let reference = median(times[10] ?? [])
for size in sizes {
    let time = median(times[size] ?? [])
    row(
        [
            "scheduler time for an operation, \(size) hosts", number(time, 0), "ns",
            "\(number(reference, 0)) ns with 10",
        ] + verdict(time / reference, atMost: 1.5))
}
