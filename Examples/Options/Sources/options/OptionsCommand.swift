import ArgumentParser
import Foundation
import Marionette

@main
struct OptionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options",
        abstract: "Price options by Monte Carlo on many hosts.",
        discussion: """
            Every architecture gives the same bits: the table is the same whichever hosts walked \
            which paths. Start it with 'marionette run -- OPTIONS'.
            """)

    @Option(help: ArgumentHelp("Random paths for each option.", valueName: "n"))
    var paths = 40_000

    @Option(help: ArgumentHelp("Paths of one operation.", valueName: "n"))
    var batch = 1_000

    @Option(help: ArgumentHelp("Steps of a path for each year.", valueName: "n"))
    var steps: UInt32 = 12

    @Option(help: ArgumentHelp("Where random numbers begin.", valueName: "n"))
    var seed: UInt64 = 1989

    @Option(help: ArgumentHelp("Write the table to this file too.", valueName: "file"))
    var output: String?

    func validate() throws {
        guard (1...1_000_000_000).contains(paths), (1...paths).contains(batch) else {
            throw ValidationError("--paths expects a number from 1, --batch at most as many")
        }
    }

    func run() async throws {
        await Options.run { options in
            options.market = Portfolio.market
            try await options.setSteps(steps)
            try await options.setSeed(seed)
            let batches = self.batches
            var results = [Sums](repeating: Sums(), count: batches.count)
            for try await sums in options.simulate(each: batches) {
                results[Int(sums.index)] = sums
            }
            try report(results, batches)
        }
    }

    private var batches: [Batch] {
        var batches: [Batch] = []
        for contract in Portfolio.contracts {
            for first in stride(from: 0, to: paths, by: batch) {
                batches.append(
                    Batch(
                        index: UInt32(batches.count), contract: contract, first: UInt64(first),
                        count: UInt32(min(batch, paths - first))))
            }
        }
        return batches
    }

    private func report(_ results: [Sums], _ batches: [Batch]) throws {
        let perContract = batches.count / Portfolio.contracts.count
        var text = "contract                       price            formula    bits\n"
        for (index, contract) in Portfolio.contracts.enumerated() {
            var estimate = Estimate(contract: contract, paths: paths)
            for sums in results[index * perContract..<(index + 1) * perContract] {
                estimate.add(sums)
            }
            let exact = exactPrice(of: contract, in: Portfolio.market)
            text += estimate.line(exact: exact) + "\n"
        }
        print(text, terminator: "")
        if let output {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        }
    }
}
