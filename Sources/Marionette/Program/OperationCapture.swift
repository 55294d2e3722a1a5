/// Whether the operations of a task leave capsules.
enum OperationCapture {
    @TaskLocal static var isWanted = false
}

/// Has each operation that is invoked in `body`, by this task and its children, and that succeeds, leave
/// a capsule in the run's directory: `marionette replay` executes it again and compares the result,
/// `marionette compare` does so on other kinds of machine.
///
/// A run captures 8 operations and no more, with those that `marionette run --capture` names.
///
///     let tile = try await withCapsules { try await raytracer.render(region) }
public func withCapsules<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async rethrows -> Result {
    try await OperationCapture.$isWanted.withValue(true) { try await body() }
}
