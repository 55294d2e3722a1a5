import Foundation
import TestKit
import Testing

@testable import MarionetteCommand

/// What is typed behind `marionette`, before a command sees it.
@Suite struct CommandLineTests {
    private static let shape = Result {
        try CommandShape(description: MarionetteMain._dumpHelp())
    }

    private func words(_ line: String) throws -> String {
        let given = line.split(separator: " ").map(String.init)
        return try CommandLineWords(given, of: Self.shape.get()).words.joined(separator: " ")
    }

    private func told(_ line: String) throws -> String {
        do {
            _ = try words(line)
            return ""
        } catch let error as UsageError {
            #expect(error.exitCode == .usage)
            return error.diagnostic.rendered
        }
    }

    @Test func `words that are not looked at are those that stay as they are`() throws {
        for line in ["run", "build", "run -- -j2 --no such", "build -- x"] {
            #expect(MarionetteMain.isPlain(line.split(separator: " ").map(String.init)), "\(line)")
            #expect(try words(line) == line)
        }
        for line in ["", "bulid", "run -k", "run x", "hosts", "hosts -- x", "help", "--version"] {
            #expect(!MarionetteMain.isPlain(line.split(separator: " ").map(String.init)), "\(line)")
        }
    }

    @Test(arguments: [
        ("build -j2", "build -j 2"), ("build -j=2", "build -j 2"), ("build -kj2", "build -k -j 2"),
        ("build -knj 2", "build -k -n -j 2"), ("run -Cdir -k", "run -C dir -k"),
        ("interface show -Isome/dir a.x", "interface show -I some/dir a.x"),
        ("run --journal -j2 --jobs=3", "run --journal -j2 --jobs=3"),
        ("run -j2 -- -j2 --scene x -kC", "run -j 2 -- -j2 --scene x -kC"),
        ("debug pi1:3 -- -ex bt", "debug pi1:3 -- -ex bt"), ("hosts --json", "hosts --json"),
        ("hosts -Cdir", "hosts -C dir"), ("hosts add pi1 --run x", "hosts add pi1 --run x"),
        ("help bulid", "help bulid"), ("--version", "--version"), ("", ""),
        ("--experimental-dump-help", "--experimental-dump-help"),
        ("trace -o file", "trace -o file"),
    ])
    func `a value may stand in the word of its short option, but for a program's own`(
        given: String, expanded: String
    ) throws {
        #expect(try words(given) == expanded)
    }

    @Test func `every short option takes its value in the same word`() throws {
        func check(_ command: CommandShape, _ path: [String]) throws {
            for option in command.options where option.kind == .option {
                for name in option.names ?? [] where name.kind == "short" {
                    let line = (path + ["-\(name.name)value"]).joined(separator: " ")
                    let expanded = (path + ["-\(name.name)", "value"]).joined(separator: " ")
                    #expect(try words(line) == expanded)
                }
            }
            for sub in command.subcommands ?? [] where sub.commandName != "help" {
                try check(sub, path + [sub.commandName])
            }
        }
        try check(Self.shape.get(), [])
    }

    @Test func `a misspelt command is told with the one that was meant`() throws {
        #expect(
            try told("bulid") == """
                error: 'marionette' has no command 'bulid'
                  note: commands: init, build, push, run, hosts, status, verify, prune, rollback, \
                exec, targets, toolchain, host-compiler, graph, interface, trace, logs, debug, crash, \
                replay, compare, clean
                  help: did you mean 'build'?
                """)
        #expect(
            try told("hosts ad pi1") == """
                error: 'marionette hosts' has no command 'ad'
                  note: commands: survey, add, drain, remove
                  help: did you mean 'add'?
                """)
        #expect(
            try told("assemble") == """
                error: 'marionette' has no command 'assemble'
                  note: commands: init, build, push, run, hosts, status, verify, prune, rollback, \
                exec, targets, toolchain, host-compiler, graph, interface, trace, logs, debug, crash, \
                replay, compare, clean
                  help: marionette --help
                """)
    }

    @Test func `a misspelt option is told with the one that was meant`() throws {
        #expect(
            try told("build --tarrget x") == """
                error: 'marionette build' has no option '--tarrget'
                  help: did you mean '--target'?
                """)
        #expect(
            try told("push -z") == """
                error: 'marionette push' has no option '-z'
                  help: marionette push --help
                """)
        #expect(
            try told("build -verbose") == """
                error: 'marionette build' has no option '-verbose'
                  help: did you mean '--verbose'?
                """)
    }

    @Test func `a forgotten -- is told with the command line that was meant`() throws {
        #expect(
            try told("run foo") == """
                error: 'marionette run' expects no 'foo'
                  help: what is for the program stands behind '--': marionette run -- foo
                """)
        #expect(
            try told("run -k -j2 --scene b.nff -- x") == """
                error: 'marionette run' has no option '--scene'
                  note: what is for the program stands behind '--': marionette run -k -j 2 -- \
                --scene b.nff x
                  help: marionette run --help
                """)
        #expect(
            try told("run --tarce t.json") == """
                error: 'marionette run' has no option '--tarce'
                  note: what is for the program stands behind '--': marionette run -- --tarce t.json
                  help: did you mean '--trace'?
                """)
        #expect(
            try told("push foo") == """
                error: 'marionette push' expects no 'foo'
                  help: marionette push --help
                """)
    }

    @Test(arguments: (1...10).map { UInt64($0) })
    func `a slip of the hand in any command or option gets the one that was meant`(
        seed: UInt64
    ) throws {
        var numbers = SeededNumbers(seed)
        func check(_ command: CommandShape, _ path: [String]) throws {
            let names = command.shownSubcommands
            for name in names where name.count > 3 {
                let wrong = numbers.misspelling(of: name)
                guard !names.contains(wrong) else { continue }
                let text = try told((path + [wrong]).joined(separator: " "))
                #expect(text.contains("did you mean '\(name)'?"), "seed \(seed), \(wrong): \(text)")
            }
            for name in command.longNames where name.count > 3 {
                let wrong = numbers.misspelling(of: name)
                guard !command.longNames.contains(wrong), !wrong.hasPrefix("-") else { continue }
                let text = try told((path + ["--\(wrong)"]).joined(separator: " "))
                #expect(
                    text.contains("did you mean '--\(name)'?"), "seed \(seed), \(wrong): \(text)")
            }
            for sub in command.subcommands ?? []
            where sub.shouldDisplay && sub.commandName != "help" {
                try check(sub, path + [sub.commandName])
            }
        }
        try check(Self.shape.get(), [])
    }

    @Test(arguments: [
        (["run", "--resume"], "--resume needs --journal FILE", "run"),
        (["build", "-j", "0"], "-j expects a number from 1", "build"),
        (
            ["run", "--host-wait", "long"],
            "the value 'long' is invalid for '--host-wait <seconds>'", "run"
        ),
        (["interface", "check"], "missing expected argument '<file> ...'", "interface check"),
    ])
    func `what the parser refuses is told as all errors are, with its command's help`(
        _ words: [String], _ summary: String, _ command: String
    ) throws {
        let error = try #require(throws: (any Error).self) {
            try MarionetteMain.parseAsRoot(words)
        }
        #expect(
            MarionetteMain.refusal(of: error).rendered
                == "error: \(summary)\n  help: marionette \(command) --help")
    }
}
