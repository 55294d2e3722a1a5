import Console
import Diagnostics
import InterfaceCompiler
import RunRecords

/// What `marionette crash show` prints.
struct CapsuleReport {
    let kept: KeptCapsule
    /// The project's interface, if the capsule is of it.
    var model: InterfaceModel?
    /// Why there is none.
    var modelFault: String?
    /// The report of the run's event log; nil: it can't be read.
    var crash: [String]?

    /// Updates that are shown.
    private static let updatesMax = 20
    private static let width = 11

    var lines: [String] {
        let parts = [head, arguments, shared, updates, crashSection, commands].filter {
            !$0.isEmpty
        }
        return Array(parts.joined(separator: [""]))
    }

    private var capsule: Capsule { kept.capsule }

    private var head: [String] {
        var lines = [
            "capsule \(kept.id): operation '\(capsule.operation.neutral)' \(outcome)",
            row("file", "\(kept.path.neutral), \(kept.size.asBytes), \(kept.modified.asLocalTime)"),
            row(
                "host",
                "\(capsule.host) (\(capsule.target)), worker \(capsule.worker), "
                    + "attempt \(capsule.attempt)"),
            row(
                "place",
                "operation \(capsule.place) of the program, at position \(capsule.position)"),
            row(
                "interface",
                "\(capsule.application), \(capsule.interfaceHash.hexadecimal.prefix(16))…"),
        ]
        if !capsule.build.isEmpty { lines.append(row("build", "\(capsule.build.prefix(16))…")) }
        return lines
    }

    private var outcome: String {
        switch capsule.outcome {
        case .death(1, let how): "killed its worker: \(how.neutral)"
        case .death(let kills, let how): "killed \(kills) workers, the last: \(how.neutral)"
        case .result(let bytes): "succeeded with \(bytes.count.grouped) bytes"
        }
    }

    private var arguments: [String] {
        let size = capsule.arguments.count
        guard let model, let operation = model.operation(capsule.procedure) else {
            let reason = modelFault.map { ["  (not decoded: \($0.neutral))"] } ?? []
            return ["arguments: \(size.asBytes)"] + reason
        }
        let head = ["arguments: \(size == 0 ? "none" : size.asBytes)"]
        var lines = head + values(operation.procedure.parameters, of: model, in: capsule.arguments)
        if case .result(let bytes) = capsule.outcome, let type = operation.procedure.result {
            let field = Field.result(type)
            lines += ["result: \(bytes.count.asBytes)"] + values([field], of: model, in: bytes)
        }
        return lines
    }

    private var shared: [String] {
        var lines: [String] = []
        for update in capsule.updates {
            guard case .shared(let slot, let version, let bytes) = update.change else { continue }
            let field = sharedField(slot)
            lines.append(
                "  \(field?.name ?? "slot \(slot)"), version \(version), \(bytes.count.asBytes)")
            if let model, let field { lines += values([field], of: model, in: bytes, indent: 4) }
        }
        return lines.isEmpty ? ["shared data: none"] : ["shared data that it saw:"] + lines
    }

    private var updates: [String] {
        guard !capsule.updates.isEmpty else { return ["updates before it: none"] }
        var lines = capsule.updates.suffix(Self.updatesMax).map { update in
            let position = "  \(update.position)".padding(to: 6)
            switch update.change {
            case .shared(let slot, let version, _):
                let name = sharedField(slot)?.name ?? "slot \(slot)"
                return "\(position) \(name) = version \(version)"
            case .context(let procedure, let arguments):
                guard let model, let operation = model.operation(procedure),
                    let values = try? ValueText.all(
                        operation.procedure.parameters, of: model, in: arguments)
                else { return "\(position) procedure \(procedure), \(arguments.count.asBytes)" }
                let text = values.map { "\($0.name): \($0.text)" }.joined(separator: ", ")
                return "\(position) \(operation.procedure.name)(\(text))"
            }
        }
        let left = capsule.updates.count - lines.count
        if left > 0 { lines.insert("  (\(left.grouped) earlier ones)", at: 0) }
        return ["updates before it, by position:"] + lines
    }

    private var crashSection: [String] {
        guard case .death = capsule.outcome else { return [] }
        guard let crash, !crash.isEmpty else {
            return ["crash: the run's event log has no report of it"]
        }
        return ["crash:"] + crash.map { "  \($0.neutral)" }
    }

    private var commands: [String] {
        ["to go on:"]
            + ["replay \(kept.id)", "replay \(kept.id) --debug", "compare \(kept.id)"].map {
                "  marionette \($0)"
            }
    }

    // MARK: Parts

    private func row(_ name: String, _ text: String) -> String {
        "  \(name.padding(to: Self.width))\(text.neutral)"
    }

    private func sharedField(_ slot: UInt32) -> Field? {
        guard let shared = model?.application?.shared, slot < UInt32(shared.count) else {
            return nil
        }
        return shared[Int(slot)]
    }

    private func values(
        _ fields: [Field], of model: InterfaceModel, in bytes: [UInt8], indent: Int = 2
    ) -> [String] {
        let space = String(repeating: " ", count: indent)
        do throws(ValueFault) {
            return try ValueText.all(fields, of: model, in: bytes).map { value in
                let size = value.size > 64 ? ", \(value.size.asBytes)" : ""
                return "\(space)\(value.name)\(size): \(value.text)"
            }
        } catch {
            return ["\(space)(not decoded: \(error))"]
        }
    }

    /// What the log of a run has of the operation's crash: the report of a crash that repeats stands
    /// there once, maybe for another operation.
    static func crashLines(of capsule: Capsule, in log: some Sequence<RunEvent>) -> [String] {
        var own: [String] = []
        var others: [String] = []
        for event in log {
            guard case .log(let line) = event.content, line.worker == nil,
                line.procedure == capsule.operation
            else { continue }
            if line.operation == capsule.place {
                own.append(line.text)
            } else {
                others.append(line.text)
            }
        }
        return own.isEmpty ? others : own
    }
}

extension Field {
    static func result(_ type: ValueType) -> Field {
        Field(name: "result", type: type)
    }
}
