import Transport

/// Asks hosts what they are, many at once.
public struct HostSurvey: Sendable {
    /// A host, and what its manifest declares.
    public struct Question: Hashable, Sendable {
        public var host: String
        public var endpoint: Endpoint
        public var architecture: TargetArchitecture
        /// Binaries of the target run there through an emulator: the host may be of any kind.
        public var isEmulated: Bool

        public init(
            host: String, endpoint: Endpoint, architecture: TargetArchitecture,
            isEmulated: Bool = false
        ) {
            self.host = host
            self.endpoint = endpoint
            self.architecture = architecture
            self.isEmulated = isEmulated
        }
    }

    /// How many hosts are asked at once.
    public static let widthMax = 32

    private let connector: any HostConnector

    public init(connector: any HostConnector = StandardConnector()) {
        self.connector = connector
    }

    /// - Returns: a report for each question, in their order.
    public func ask(_ questions: [Question], width: Int = widthMax) async -> [HostReport] {
        let results = await concurrently(questions, width: width, over: connector) {
            question, connector in
            Result { () throws(DistributionError) in try Self.ask(question, connector) }
        }
        return zip(questions, results).map { question, result in
            HostReport(
                question: question, result: result ?? .failure(.cancelled(host: question.host)))
        }
    }

    private static func ask(
        _ question: Question, _ connector: any HostConnector
    ) throws(DistributionError) -> HostFacts {
        let connection: any HostConnection
        do {
            connection = try connector.connect(to: question.endpoint, host: question.host)
        } catch {
            throw .transport(error)
        }
        defer { connection.close() }
        return try HostFacts.probe(connection)
    }
}
