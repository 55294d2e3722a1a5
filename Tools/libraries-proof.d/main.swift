import Marionette

// Enough operations that each host has some: every one of them must say the same.
try await Project.run { project in
    var answers: [String: Int] = [:]
    for try await answer in project.probe(each: [Int32](repeating: 7, count: 300)) {
        answers[answer, default: 0] += 1
    }
    for (answer, count) in answers { print("\(count) times: \(answer)") }
    guard answers.count == 1 else { throw Difference() }
}

struct Difference: Error {}
