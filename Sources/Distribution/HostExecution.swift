import Transport

/// Executes one command on many hosts at once.
public struct HostExecution: Sendable {
    /// A host, and where its programs are.
    public struct Place: Hashable, Sendable {
        public var host: String
        public var endpoint: Endpoint
        /// nil: the user's own store.
        public var store: String?

        public init(host: String, endpoint: Endpoint, store: String? = nil) {
            self.host = host
            self.endpoint = endpoint
            self.store = store
        }
    }

    /// How many hosts work at once.
    public static let widthMax = 64
    /// Bytes kept of each stream of a host.
    public static let outputMax = 64 << 20

    /// The words; each reaches the host as one argument.
    public var command: [String]
    /// The application whose pushed programs come first on the command's PATH.
    public var application: String
    /// What every host's command reads; nil: nothing.
    public var input: [UInt8]?

    private let connector: any HostConnector

    public init(
        _ command: [String], application: String, input: [UInt8]? = nil,
        connector: any HostConnector = StandardConnector()
    ) {
        self.command = command
        self.application = application
        self.input = input
        self.connector = connector
    }

    /// When the task is cancelled, every command is ended, with all processes that it started where the
    /// host has setsid(1).
    ///
    /// - Parameter onPiece: what a host's command prints, as it comes, on any thread; it is not kept
    ///   then. nil: it is kept, up to `outputMax`.
    /// - Returns: what came of each, in their order.
    public func run(
        on places: [Place],
        onPiece: (@Sendable (String, ChannelStream, [UInt8]) -> Void)? = nil,
        onEnd: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> [Result<CommandResult, DistributionError>] {
        let results = await concurrently(places, width: Self.widthMax, over: connector) {
            [self] place, connector in
            defer { onEnd(place.host) }
            return Result { () throws(DistributionError) in
                try run(on: place, connector, onPiece)
            }
        }
        return zip(places, results).map { place, result in
            result ?? .failure(.cancelled(host: place.host))
        }
    }

    private func run(
        on place: Place, _ connector: any HostConnector,
        _ onPiece: (@Sendable (String, ChannelStream, [UInt8]) -> Void)?
    ) throws(DistributionError) -> CommandResult {
        do throws(TransportError) {
            let connection = try connector.connect(to: place.endpoint, host: place.host)
            defer { connection.close() }
            var limits = RunLimits()
            limits.outputMax = Self.outputMax
            limits.silenceMax = .seconds(365 * 86_400)
            if let onPiece { limits.onPiece = { onPiece(place.host, $0, $1) } }
            let mode = input == nil ? "alone" : "fed"
            let channel = try connection.open(
                script: RemoteScripts.execute,
                arguments: [place.store ?? "", application, mode] + command)
            defer { channel.close() }
            return try connection.result(
                of: channel, input: input.map { BytesSource($0) }, limits: limits)
        } catch {
            throw .transport(error)
        }
    }
}

extension RemoteScripts {
    /// Executes `$4` … with the pushed programs of application `$2` in store `$1` first on PATH, where
    /// nobody else could have put them there.
    ///
    /// With `fed` as `$3` the command has our standard input. Otherwise it has none, and the end of ours
    /// says that nobody waits any more: the command is ended, with all that it started where there is
    /// setsid(1).
    static let execute =
        attendance + "programs() {\n" + trust + #"""
                [ -d "$store/current/$3/bin" ] || exit 0
                settle "$store/current/$3/bin" "$store/current"
                strange=$(find "$settled" \( ! -user "$me" ! -user 0 -o -perm -020 -o -perm -002 \) -print)
                [ -n "$strange" ] || echo "in $settled"
            }
            found=$(programs "$1" "" "$2" 2>/dev/null | sed -n 's|^in ||p')
            mode=$3
            shift 3
            if [ -n "$found" ]; then PATH=$found:$PATH; export PATH; fi
            [ "$mode" = fed ] && exec env -- "$@"
            attend "$@"
            """#

    /// `attend` executes its words, which have no input, and returns their status. When our input ends,
    /// nobody waits any more: then it ends the command, with all that it started where there is
    /// setsid(1), and kills what is still there 1 s later.
    package static let attendance = #"""
        attend() {
            leader=env
            command -v setsid >/dev/null 2>&1 && leader=setsid
            exec 3<&0
            $leader -- "$@" </dev/null 3<&- &
            job=$!
            finish() { kill "-$1" "-$job" 2>/dev/null || kill "-$1" "$job" 2>/dev/null; }
            trap 'finish TERM' HUP INT TERM PIPE
            { trap '' HUP INT; cat <&3; trap '' TERM; finish TERM; sleep 1; finish KILL; } >/dev/null 2>&1 &
            watch=$!
            exec 3<&-
            wait "$job"
            status=$?
            if [ $status -gt 128 ] && kill -0 "$job" 2>/dev/null; then wait "$job"; status=$?; fi
            kill "$watch" 2>/dev/null
            return $status
        }

        """#
}
