/// The limits of this module.
package enum DrivingLimits {
    /// Of the versions of all shared variables that can still be read, encoded. What they have in
    /// common counts for each.
    package static let sharedVersionsMax = 16 << 30
    /// Of the context operations that a host which joins is sent.
    package static let contextMax = 1 << 30
    /// The operations that succeed and leave a capsule: half of the capsules that a run writes, so that
    /// those that kill their workers have theirs.
    package static let capturesMax = 8
    /// How long a slave has for its first answer.
    package static let helloMax: Duration = .seconds(20)
    /// How long slaves have to end after goodbye.
    package static let goodbyeMax: Duration = .seconds(3)
    /// How long a worker is held while nobody attaches.
    package static let holdMax: Duration = .seconds(60)
    /// Debuggers at a time.
    package static let holdsMax = 16
    /// Of one run, those that left counted in.
    package static let hostsMax = 10_000
    /// Of a result that shares its memory with others.
    package static let sharedResultMax = 1 << 10
    /// Arguments of that size are sent from where they lie.
    package static let largeArgumentsMin = 64 << 10
    /// Bytes of one line of a slave's log that are shown.
    package static let logLineMax = 500
}
