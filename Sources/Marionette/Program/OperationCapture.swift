/// Whether the operations of a task leave capsules.
enum OperationCapture {
    @TaskLocal static var isWanted = false
}

/// Has each operation that is invoked in `body`, by this task and its children, and that succeeds, leave
/// a capsule in the run's directory: `marionette replay` executes it again and compares the result,
/// `marionette compare` does so on other kinds of machine.
///
/// A run writes 16 capsules and no more. What `marionette run --capture` names leaves them too.
///
///     let tile = try await withCapsules { try await raytracer.render(region) }
public func withCapsules<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async rethrows -> Result {
    try await OperationCapture.$isWanted.withValue(true) { try await body() }
}
