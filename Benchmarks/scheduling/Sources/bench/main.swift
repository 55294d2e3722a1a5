import Foundation
import Scheduling
import Table

// The scheduler against the bars of the project: one row for each. `--rows`: without the header.

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

if !CommandLine.arguments.contains("--rows") { Row.printHeader() }

let waiting = queue(1_000_000)
let memory = peakMemory()
precondition(waiting.openOperations == 1_000_000)
Row(
    "1,000,000 queued operations", number(memory, 0), "MiB", reference: "1,024 MiB",
    ratio: memory / 1024, .atMost(1)
).print()

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
    Row(
        "scheduler time for an operation, \(size) hosts", number(time, 0), "ns",
        reference: "\(number(reference, 0)) ns with 10", ratio: time / reference, .atMost(1.5)
    ).print()
}
