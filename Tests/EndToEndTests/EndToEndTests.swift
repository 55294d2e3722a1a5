import Testing

/// The whole path as a user takes it: the built command, real sshd, cross-compiled slaves, gdb.
///
/// One after the other, for they share the hosts. What takes long, from empty caches: the first
/// build of the ray tracer (three minutes: a C library for each of four targets, and the master),
/// and the installation (five: a release build, and a master for each template).
@Suite(.serialized) struct EndToEndTests {}
