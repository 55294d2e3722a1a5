import Dispatch
import Glibc

/// What is at a path.
enum FileState: Hashable, Sendable {
    case absent
    /// A directory, or something else without a content of its own.
    case other
    case file(Fingerprint)
    /// In a dry run: a step would make it, and nobody knows with which content.
    case pending

    /// nil: no file, or none whose content is known.
    var content: Fingerprint? {
        if case .file(let content) = self { content } else { nil }
    }
}

/// The files of a build: each is asked for once, and read only where its stamp changed since the
/// last build.
struct FileStates {
    private(set) var names: FileNames

    private enum Look: UInt8 { case none, absent, other, file, pending }

    /// For each file number what was found in this build.
    private var looks: [Look] = []
    /// Where `known` has the file's content, counted from 1. 0: nowhere.
    private var places: [UInt32] = []
    /// From the log, and what this build found.
    private var known: [KnownFile] = []
    /// Found in this build, and to be trusted in the next one.
    private var learnt: Set<FileNumber> = []
    private var read: Set<FileNumber> = []

    init(_ names: FileNames = FileNames()) {
        self.names = names
        makeRoom()
        known.reserveCapacity(names.count)
    }

    mutating func number(of path: String) -> FileNumber {
        path.withBytes { number(of: $0) }
    }

    mutating func number(of path: UnsafeRawBufferPointer) -> FileNumber {
        defer { makeRoom() }
        return names.number(of: path)
    }

    func path(_ file: FileNumber) -> String { names.path(file) }

    /// Takes over what an earlier build found.
    mutating func know(_ file: FileNumber, _ contents: KnownFile) {
        let index = Int(file)
        if places[index] == 0 {
            known.append(contents)
            places[index] = UInt32(known.count)
        } else {
            known[Int(places[index]) - 1] = contents
        }
    }

    /// All that is known of files, for a log that is written anew.
    var allKnown: [(file: FileNumber, contents: KnownFile)] {
        places.indices.filter { places[$0] > 0 }
            .map { (FileNumber($0), known[Int(places[$0]) - 1]) }
    }

    mutating func state(of file: FileNumber) -> FileState {
        let index = Int(file)
        if looks[index] == .none { looks[index] = look(at: file) }
        switch looks[index] {
        case .none, .absent: return .absent
        case .other: return .other
        case .pending: return .pending
        case .file: return .file(known[Int(places[index]) - 1].content)
        }
    }

    /// Whether the content is compared by reading the file: its stamp is another one than in the last
    /// build, or was too young to be trusted.
    func wasRead(_ file: FileNumber) -> Bool { read.contains(file) }

    /// The file as it is now, with its stamp. nil: no regular file.
    mutating func current(_ file: FileNumber) -> KnownFile? {
        looks[Int(file)] = look(at: file)
        return looks[Int(file)] == .file ? known[Int(places[Int(file)]) - 1] : nil
    }

    /// What was found in this build, with its stamp. nil: no regular file.
    mutating func found(_ file: FileNumber) -> KnownFile? {
        guard case .file = state(of: file) else { return nil }
        return known[Int(places[Int(file)]) - 1]
    }

    /// Forgets a file that a step may have written, even under the same stamp.
    mutating func invalidate(_ file: FileNumber) {
        looks[Int(file)] = .none
        places[Int(file)] = 0
        learnt.remove(file)
    }

    /// Removes the file itself.
    func remove(_ file: FileNumber) { _ = names.withCString(file) { unlink($0) } }

    mutating func setPending(_ file: FileNumber) { looks[Int(file)] = .pending }

    /// What the log does not know yet.
    mutating func takeLearnt() -> [(file: FileNumber, contents: KnownFile)] {
        defer { learnt = [] }
        return learnt.sorted().map { ($0, known[Int(places[Int($0)]) - 1]) }
    }

    /// Looks at files of steps, on several threads, where they are many: what is as the last build
    /// left it, or is not there, is known then. Where a file changed, that is found when it is asked for.
    ///
    /// - Parameter rows: for each step its files.
    mutating func survey(threads: Int, in rows: [Rows], of steps: [Int]) {
        var isWanted = places.map { $0 > 0 }
        for rows in rows {
            for step in steps {
                for index in rows.range(step) { isWanted[Int(rows.values[index])] = true }
            }
        }
        let wanted = isWanted.indices.filter { isWanted[$0] && looks[$0] == .none }
        guard threads > 1, wanted.count >= Self.surveyMin else { return }
        let size = (wanted.count + threads - 1) / threads
        let (names, places, known) = (names, places, known)
        looks.withUnsafeMutableBufferPointer { looks in
            // Safe because: each thread writes at the files of its own part of `wanted`, where each is once.
            nonisolated(unsafe) let looks = looks
            DispatchQueue.concurrentPerform(iterations: threads) { part in
                for file in wanted.dropFirst(part * size).prefix(size) {
                    switch Self.status(of: FileNumber(file), names) {
                    case .absent: looks[file] = .absent
                    case .other: looks[file] = .other
                    case .file(let stamp):
                        let place = Int(places[file])
                        if place > 0, known[place - 1].stamp == stamp { looks[file] = .file }
                    }
                }
            }
        }
    }

    /// How many files are worth threads.
    static let surveyMin = 500

    private mutating func makeRoom() {
        let missing = names.count - looks.count
        guard missing > 0 else { return }
        looks.append(contentsOf: repeatElement(.none, count: missing))
        places.append(contentsOf: repeatElement(0, count: missing))
    }

    private enum Status {
        case absent, other
        case file(FileStamp)
    }

    private static func status(of file: FileNumber, _ names: FileNames) -> Status {
        var status = stat()
        guard names.withCString(file, { stat($0, &status) }) == 0 else { return .absent }
        return status.st_mode & S_IFMT == S_IFREG ? .file(FileStamp(status)) : .other
    }

    private mutating func look(at file: FileNumber) -> Look {
        switch Self.status(of: file, names) {
        case .absent: return .absent
        case .other: return .other
        case .file(let stamp):
            let place = places[Int(file)]
            if place == 0 || known[Int(place) - 1].stamp != stamp { readContent(of: file, stamp) }
            return .file
        }
    }

    private mutating func readContent(of file: FileNumber, _ stamp: FileStamp) {
        let begin = FileStamp.now
        // A file that can't be read is told by the step that needs it.
        let content = names.withCString(file) { Fingerprint.ofFile($0) }
        know(file, KnownFile(stamp: stamp, content: content ?? .unknown))
        read.insert(file)
        // The stamp stands for the content only if nobody wrote while it was read.
        if content != nil, !stamp.isRacy(at: begin),
            case .file(stamp) = Self.status(of: file, names)
        {
            learnt.insert(file)
        } else {
            learnt.remove(file)
        }
    }
}
