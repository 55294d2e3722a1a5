import Driving
import Scheduling

/// Until when the operations of a task must have ended.
enum OperationDeadline {
    @TaskLocal static var current: Instant?
}

/// Gives the operations that are invoked in `body`, by this task and its children, that much time
/// together.
///
/// One that has not ended then throws `RunError.deadlinePassed`, and is ended on its host. A
/// deadline within another one is never later than that. Updates have none.
///
///     try await withDeadline(.seconds(5)) { try await raytracer.render(region) }
public func withDeadline<Result>(
    _ span: Duration, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
) async rethrows -> Result {
    let moment = RunClock.now.advanced(by: span)
    let deadline = min(moment, OperationDeadline.current ?? moment)
    return try await OperationDeadline.$current.withValue(deadline) { try await body() }
}
