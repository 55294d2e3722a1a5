/// Endings on their way to their callers: what goes to one sink in a row is handed over together.
package struct AnswerBatch {
    private var sink: (any CallSink)?
    private var answers: [CallAnswer] = []
    private var wakes: [Wake] = []

    package mutating func add(_ ending: CallEnding, tag: Int = 0, for sink: any CallSink) {
        if self.sink !== sink {
            handOver()
            self.sink = sink
        }
        answers.append(CallAnswer(tag: tag, ending: ending))
    }

    package mutating func handOver() {
        sink?.ended(answers, &wakes)
        sink = nil
        answers.removeAll(keepingCapacity: true)
    }

    /// Lets the tasks go on whose endings were handed over.
    package mutating func resume() {
        handOver()
        for wake in wakes { wake.continuation.resume() }
        wakes.removeAll(keepingCapacity: true)
    }
}
