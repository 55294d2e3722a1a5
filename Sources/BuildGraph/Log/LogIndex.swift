/// What a log says, and the numbers that it gives to paths, tools and contents.
struct LogIndex: Sendable {
    private let words: LogWords
    /// How many words from the beginning are valid. 0: it is no log of this version.
    private(set) var validCount = 0
    private(set) var itemCount = 0
    /// Steps whose outputs are not valid.
    private(set) var failed: Set<FileNumber> = []

    /// The file or tool of each text, and back: text number and 1, 0 for none.
    private(set) var texts: [FileNumber] = []
    private var textNumbers: [UInt32] = []
    private var versions: [FileVersion] = []
    /// For each file its newest version and 1.
    private var newest: [UInt32] = []
    /// For each file, as a step's first output, where its item is in `words`. 0: nowhere.
    private var places: [UInt32] = []

    /// Takes what is valid of a log's words.
    ///
    /// - Parameter files: gets the paths that the log has, and what it knows of their content.
    init(_ words: [UInt32], _ files: inout FileStates) {
        self.words = LogWords(words)
        // Another version's log: begin again. Its items might mean something else.
        guard words.starts(with: LogFormat.signature) else { return }
        validCount = LogFormat.signature.count
        makeRoom(for: files.names.count)
        texts.reserveCapacity(files.names.count)
        versions.reserveCapacity(files.names.count)
        while let block = self.words.block(at: validCount), take(block, &files) {
            validCount = block.upperBound
        }
    }

    var stepCount: Int { places.count { $0 > 0 } }

    /// The steps that ended well when they ran last, or failed since.
    var steps: [FileNumber] { places.indices.filter { places[$0] > 0 }.map { FileNumber($0) } }

    /// What is known of the step whose first output this is.
    func step(_ file: FileNumber) -> LoggedStep? {
        guard Int(file) < places.count, places[Int(file)] > 0 else { return nil }
        return LoggedStep(
            words: words, position: Int(places[Int(file)]), versions: versions, texts: texts)
    }

    // MARK: Reading

    /// False: an item is none. Its check was right, so whoever wrote it was another program.
    private mutating func take(_ block: Range<Int>, _ files: inout FileStates) -> Bool {
        var position = block.lowerBound
        while position < block.upperBound {
            guard let size = takeItem(at: position, end: block.upperBound, &files) else {
                return false
            }
            position += size
            itemCount += 1
        }
        return true
    }

    /// Returns the item's size.
    private mutating func takeItem(
        at position: Int, end: Int, _ files: inout FileStates
    ) -> Int? {
        let room = end - position
        switch LogFormat.Kind(rawValue: words[position] & 0xff) {
        case .text:
            let count = Int(words[position] >> 8)
            let size = 1 + (count + 3) / 4
            guard size <= room else { return nil }
            let file = words.withBytes(at: position + 1, count: count) { files.number(of: $0) }
            makeRoom(for: Int(file) + 1)
            texts.append(file)
            textNumbers[Int(file)] = UInt32(texts.count)
            return size
        case .version:
            guard room >= LogFormat.versionSize, Int(words[position + 1]) < texts.count else {
                return nil
            }
            let file = texts[Int(words[position + 1])]
            versions.append(FileVersion(file: file, content: words.content(position + 2)))
            newest[Int(file)] = UInt32(versions.count)
            return LogFormat.versionSize
        case .seen:
            guard room >= LogFormat.seenSize, Int(words[position + 1]) < versions.count else {
                return nil
            }
            let version = versions[Int(words[position + 1])]
            files.know(
                version.file,
                KnownFile(stamp: words.stamp(position + 2), content: version.content))
            return LogFormat.seenSize
        case .step: return takeStep(at: position, room)
        case .failed:
            guard room >= 2, Int(words[position + 1]) < texts.count else { return nil }
            failed.insert(texts[Int(words[position + 1])])
            return 2
        case nil: return nil
        }
    }

    private mutating func takeStep(at position: Int, _ room: Int) -> Int? {
        guard room >= LogFormat.stepHead else { return nil }
        let counts = words[position + 11..<position + 15]
        let absent = Int(words[position + 14])
        let size = counts.reduce(LogFormat.stepHead) { $0 + Int($1) }
        guard size <= room else { return nil }
        let end = position + size
        let isKnown =
            words[position + LogFormat.stepHead..<end - absent].allSatisfy { $0 < versions.count }
            && words[end - absent..<end].allSatisfy { $0 < texts.count }
            && words[position + 1] < texts.count && words[position + 10] < texts.count
        guard isKnown else { return nil }
        let file = texts[Int(words[position + 1])]
        places[Int(file)] = UInt32(position)
        failed.remove(file)
        return size
    }

    private mutating func makeRoom(for count: Int) {
        let missing = count - places.count
        guard missing > 0 else { return }
        places.append(contentsOf: repeatElement(0, count: missing))
        textNumbers.append(contentsOf: repeatElement(0, count: missing))
        newest.append(contentsOf: repeatElement(0, count: missing))
    }

    // MARK: Writing

    mutating func add(
        _ entry: LogEntry, key: FileNumber, _ files: inout FileStates, to block: inout LogBlock
    ) {
        failed.remove(key)
        let tool = text(files.number(of: entry.identity.tool), files, &block)
        let step = text(key, files, &block)
        let inputs = entry.inputs.map { version($0, files, &block) }
        let discovered = entry.discovered.map { version($0, files, &block) }
        let outputs = entry.outputs.map { version($0, files, &block) }
        let absent = entry.absent.map { text($0, files, &block) }
        block.addStep(
            step, command: entry.identity.command, environment: entry.identity.environment,
            tool: tool, versions: (inputs, discovered, outputs), absent: absent)
    }

    mutating func addFailed(_ key: FileNumber, _ files: FileStates, to block: inout LogBlock) {
        failed.insert(key)
        block.addFailed(text(key, files, &block))
    }

    mutating func add(
        _ known: KnownFile, of file: FileNumber, _ files: FileStates, to block: inout LogBlock
    ) {
        let version = version(FileVersion(file: file, content: known.content), files, &block)
        block.addSeen(version: version, known.stamp)
    }

    /// The number of a file's content; an item says so where the newest one is another.
    private mutating func version(
        _ version: FileVersion, _ files: FileStates, _ block: inout LogBlock
    ) -> UInt32 {
        let text = text(version.file, files, &block)
        let number = newest[Int(version.file)]
        if number > 0, versions[Int(number) - 1] == version { return number - 1 }
        block.addVersion(of: text, version.content)
        versions.append(version)
        newest[Int(version.file)] = UInt32(versions.count)
        return UInt32(versions.count - 1)
    }

    /// The number of a path or tool in the log; a new one gets an item.
    private mutating func text(
        _ file: FileNumber, _ files: FileStates, _ block: inout LogBlock
    ) -> UInt32 {
        makeRoom(for: Int(file) + 1)
        if textNumbers[Int(file)] > 0 { return textNumbers[Int(file)] - 1 }
        block.addText(files.path(file))
        texts.append(file)
        textNumbers[Int(file)] = UInt32(texts.count)
        return UInt32(texts.count - 1)
    }
}
