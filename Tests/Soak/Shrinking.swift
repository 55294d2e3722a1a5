/// Makes a failing seed small: without faults, if it fails without, and with as few steps as still
/// fail. What is not repeatable is tried a few times.
struct Shrinking {
    /// Whether the seed fails like this.
    let fails: (SeedVariant) -> Bool
    let tries: Int

    func smallest(_ variant: SeedVariant, steps: [Int]) -> SeedVariant {
        var best = variant
        var calm = variant
        calm.hasFaults = false
        if variant.hasFaults, failsOften(calm) { best = calm }
        var numbers = steps.filter(variant.steps.contains)
        // Zeller's ddmin: parts are left out, ever smaller ones.
        var parts = 2
        while numbers.count > 1 {
            let size = (numbers.count + parts - 1) / parts
            let smaller = stride(from: 0, to: numbers.count, by: size).lazy
                .map { start in
                    Array(numbers[..<start] + numbers[min(start + size, numbers.count)...])
                }
                .first { rest in
                    best.steps = StepNumbers(Set(rest))
                    return failsOften(best)
                }
            if let smaller {
                numbers = smaller
                parts = max(2, parts - 1)
            } else if size == 1 {
                break
            } else {
                parts = min(numbers.count, 2 * parts)
            }
        }
        best.steps = StepNumbers(Set(numbers))
        return best
    }

    private func failsOften(_ variant: SeedVariant) -> Bool {
        (0..<tries).contains { _ in fails(variant) }
    }
}
