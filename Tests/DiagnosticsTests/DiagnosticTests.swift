import Diagnostics
import Testing

@Test func `a diagnostic shows the place, a caret under the word, notes and the remedy`() {
    let diagnostic = Diagnostic(
        summary: "unknown key 'hostz'",
        place: SourcePlace(
            file: "marionette.yaml", line: 12, column: 2, length: 5, text: "\thostz:"),
        notes: ["keys here: application, hosts"],
        remedy: "did you mean 'hosts'?")
    #expect(
        diagnostic.rendered == """
            marionette.yaml:12:2: error: unknown key 'hostz'
             12 | \thostz:
                | \t^~~~~
              note: keys here: application, hosts
              help: did you mean 'hosts'?
            """)
}

@Test func `control characters of a hostile line do not reach the terminal`() {
    let place = SourcePlace(file: "a.x", line: 1, column: 1, text: "\u{1b}[2Jstruct")
    #expect(
        Diagnostic(summary: "s", place: place).rendered
            == "a.x:1:1: error: s\n 1 | ?[2Jstruct\n   | ^")
}

@Test(arguments: [
    ("hostz", "hosts"), ("aplication", "application"), ("wroker", "worker"), ("HOSTS", "hosts"),
])
func `a misspelt word finds its neighbour`(word: String, expected: String) {
    #expect(nearest(to: word, among: ["application", "hosts", "interface", "worker"]) == expected)
}

@Test func `a word that is near to nothing finds nothing`() {
    #expect(nearest(to: "zzz", among: ["hosts", "worker"]) == nil)
}
