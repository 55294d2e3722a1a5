import Diagnostics
import Foundation
import Inventory
import Testing

@testable import MarionetteCommand

/// An installation with one template, and room for projects.
@Suite final class NewProjectTests {
    let root: String

    init() throws {
        root =
            FileManager.default.temporaryDirectory
            .appending(path: "marionette-init-\(UUID().uuidString)").path
        try write("application {{Name}}: {{package}}\n", to: "data/Templates/small/{{name}}.x")
        try write("int {{name}};\n", to: "data/Templates/small/worker/{{name}}.c")
        try write(".build/\n", to: "data/Templates/small/.gitignore")
        try write("", to: "data/Targets/.keep")
        try write("", to: "data/package/Sources/CSlave/slave.c")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: "\(root)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    private func make(_ directory: String, template: String = "small") throws -> String {
        let data = try #require(DataDirectory(path: "\(root)/data"))
        let project = try NewProject(
            template: template, directory: "\(root)/\(directory)", data: data)
        try project.write()
        return project.name
    }

    private func told(_ directory: String, template: String = "small") throws -> String {
        let error = try #require(throws: NewProjectError.self) {
            try make(directory, template: template)
        }
        return error.diagnostic.rendered.replacing("\(root)/", with: "")
    }

    @Test func `names are filled in, in texts and in names of files`() throws {
        #expect(try make("new/My-App") == "my_app")
        let project = "\(root)/new/My-App"
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: project).sorted()
                == [".gitignore", "my_app.x", "worker", "worker/my_app.c"])
        #expect(
            try String(contentsOfFile: "\(project)/my_app.x", encoding: .utf8)
                == "application MyApp: \(root)/data/package\n")
        #expect(
            try String(contentsOfFile: "\(project)/worker/my_app.c", encoding: .utf8)
                == "int my_app;\n")
    }

    @Test func `an empty directory is taken, a full one is not`() throws {
        try FileManager.default.createDirectory(
            atPath: "\(root)/empty", withIntermediateDirectories: true)
        #expect(try make("empty") == "empty")
        #expect(
            try told("empty") == """
                error: 'empty' exists and is not empty
                  help: name a directory that does not exist yet
                """)
    }

    @Test func `an unknown template is told with its neighbour, and nothing is made`() throws {
        #expect(
            try told("new", template: "smal") == """
                error: unknown template 'smal'
                  note: templates: small
                  help: did you mean 'small'?
                """)
        #expect(!FileManager.default.fileExists(atPath: "\(root)/new"))
    }

    @Test func `a directory that can give no name is refused, with one that can`() throws {
        #expect(
            try told("2nd") == """
                error: no application can be named '2nd'
                  note: a name begins with a letter from a to z; letters, digits and '-' follow
                  help: name the directory otherwise, for example 'app-2nd'
                """)
        #expect(
            try told("Größe & Maß") == """
                error: no application can be named 'Größe & Maß'
                  note: a name begins with a letter from a to z; letters, digits and '-' follow
                  help: name the directory otherwise, for example 'Grosse-Mass'
                """)
        #expect(
            try told("class") == """
                error: no application can be named 'class': 'class' is a word of Swift
                  help: name the directory otherwise, for example 'class-app'
                """)
        #expect(
            try told("String") == """
                error: no application can be named 'string': its type 'String' would hide one that \
                Swift programs use
                  help: name the directory otherwise, for example 'String-app'
                """)
        #expect(
            try told("marionette") == """
                error: no application can be named 'marionette': 'marionette' is the package that it \
                stands on
                  help: name the directory otherwise, for example 'marionette-app'
                """)
    }

    @Test func `a name that the made program or manifest would read otherwise is refused`() throws {
        for word in ["no", "null", "off", "on", "yes"] {
            #expect(
                try told(word) == """
                    error: no application can be named '\(word)': '\(word)' is no text in \
                    marionette.yaml unless it is quoted
                      help: name the directory otherwise, for example '\(word)-app'
                    """)
        }
        #expect(
            try told("print") == """
                error: no application can be named 'print': the program that is made calls the \
                function 'print'
                  help: name the directory otherwise, for example 'print-app'
                """)
        #expect(
            try told("total") == """
                error: no application can be named 'total': the program that is made has another \
                variable 'total'
                  help: name the directory otherwise, for example 'total-app'
                """)
    }

    @Test func `what stands between the letters of a directory's name is one underscore`() throws {
        #expect(
            try ["a--b", "my_app_", "Go 2.d"].map { try make($0) } == ["a_b", "my_app", "go_2_d"])
        #expect(
            try String(contentsOfFile: "\(root)/a--b/a_b.x", encoding: .utf8)
                == "application AB: \(root)/data/package\n")
    }

    @Test func `a project is there whole or not at all`() throws {
        try write("in the way", to: "file")
        #expect(throws: NewProjectError.self) { try make("file/inner") }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: root).sorted() == ["data", "file"])
    }
}
