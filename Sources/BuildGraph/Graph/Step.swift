/// One node of work: it makes `outputs` from `inputs`.
public struct Step: Sendable {
    /// What a step does.
    public enum Action: Sendable {
        case command(Command)
        case function(Function)
    }

    /// What a command depends on beyond the inputs of its step.
    public struct Discovery: Sendable {
        /// Files that it read.
        public var read: [String]
        /// Files that it looked for and did not find: it runs again when one appears.
        public var absent: [String]

        public init(read: [String], absent: [String] = []) {
            self.read = read
            self.absent = absent
        }
    }

    /// A program to start. A change of any part makes the step run again.
    public struct Command: Sendable {
        /// The program's path and its arguments.
        public var arguments: [String]
        /// Added to PATH, HOME and TMPDIR of this process; nothing else is inherited.
        public var environment: [String: String]
        public var directory: String
        /// What identifies the program beyond its path: its version.
        public var tool: String

        public init(
            arguments: [String], environment: [String: String] = [:], directory: String = "/",
            tool: String = ""
        ) {
            precondition(!arguments.isEmpty, "a command without a program")
            self.arguments = arguments
            self.environment = environment
            self.directory = directory
            self.tool = tool
        }
    }

    /// Work done by this process itself. It runs on a thread of its own and may block.
    public struct Function: Sendable {
        /// What identifies the work: the step runs again when it changes.
        public var signature: String
        /// Returns the files that it wrote beyond the step's outputs, which are guarded like
        /// outputs, and what is to be shown. It writes each file under another name first and
        /// renames it (see `writeAtomically`).
        public var body: @Sendable () throws -> (written: [String], output: String)

        public init(signature: String, body: @escaping @Sendable () throws -> [String]) {
            self.init(signature: signature, reporting: { (try body(), "") })
        }

        public init(
            signature: String,
            reporting body: @escaping @Sendable () throws -> (written: [String], output: String)
        ) {
            self.signature = signature
            self.body = body
        }
    }

    /// For people: `compile worker/bvh.c`.
    public var name: String
    /// What progress is counted by: the target.
    public var group: String
    /// Files that make the step run again when their content changes. Absolute, like all paths
    /// here.
    public var inputs: [String]
    /// Files that must exist before the step runs and whose content does not matter, or is found by
    /// the depfile.
    public var orderOnly: [String]
    /// Never empty. The first one names the step in the log.
    public var outputs: [String]
    /// A file in Makefile syntax that the command writes: what else it read.
    public var depfile: String?
    /// Says what the command depends on, given the files that its depfile names. nil: on these.
    public var discovering: (@Sendable ([String]) -> Discovery)?
    public var action: Action
    /// Makes what a failed command printed readable; nil: it is.
    public var reading: (@Sendable (String) -> String)?
    /// The command decides itself what there is to do, as another build tool does: it is started in
    /// every build, and its outputs stay where they are when it fails.
    public var isDelegated: Bool
    /// It takes so long that progress names it while it runs.
    public var isSlow: Bool
    /// Of the steps of a pool no more run at once than the graph says, such as links that need much
    /// memory. nil: as many as there are jobs.
    public var pool: String?

    public init(
        name: String, group: String = "", inputs: [String], orderOnly: [String] = [],
        outputs: [String], depfile: String? = nil, action: Action, isDelegated: Bool = false,
        isSlow: Bool = false, pool: String? = nil
    ) {
        self.name = name
        self.group = group
        self.inputs = inputs
        self.orderOnly = orderOnly
        self.outputs = outputs
        self.depfile = depfile
        self.action = action
        self.isDelegated = isDelegated
        self.isSlow = isSlow
        self.pool = pool
    }

    /// What relative paths of the depfile are relative to.
    var directory: String {
        if case .command(let command) = action { return command.directory }
        return "/"
    }
}
