import Driving
import Glibc
import RunRecords

extension RunDescription {
    /// The description that this process was started with.
    ///
    /// - Throws: `noRunDescription`, or why it can't be read.
    public static func ofThisProcess() throws(RunError) -> RunDescription {
        guard let path = getenv(environmentVariable), path.pointee != 0 else {
            throw .noRunDescription
        }
        do throws(RunRecordsError) {
            return try RunDescription(contentsOf: String(cString: path))
        } catch { throw .record(error) }
    }
}
