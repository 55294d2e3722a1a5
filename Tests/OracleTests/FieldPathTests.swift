import InterfaceProof
import TestKit
import Testing

/// Both languages name the same field for the same fault, wherever in a value it is: every word of
/// a value is made wrong once, the bytes end behind every word, and values exceed their bounds.
@Suite struct FieldPathTests {
    /// One value of each type of our own interfaces, not a large one: it is broken at every word.
    static let values = Result {
        let proof = try Proof.shared.get()
        return zip(proof.subjects, proof.firstTypes)
            .filter { subject, _ in SubjectFile.ours.contains { $0.name == subject.name } }
            .flatMap { subject, first in
                subject.types.indices.map { type in
                    var generator = ValueGenerator(
                        subject.model, seed: Seed(OracleTests.seed, "path \(subject.title(type))"))
                    let values = (0..<40).map { _ in generator.value(of: subject.types[type]) }
                    let small = values.filter { $0.count <= 320 }.max { $0.count < $1.count }
                    let value = small ?? values.min { $0.count < $1.count } ?? []
                    return Request(type: first + type, bytes: Array(value.prefix(1_200)))
                }
            }
    }

    @Test func `bytes that end too early are refused at the same field`() throws {
        try expectSamePaths(
            Self.values.get().flatMap { value in
                stride(from: 0, to: value.bytes.count, by: 4).map {
                    Request(type: value.type, bytes: Array(value.bytes[..<$0]))
                }
            }, refused: 0.99)
    }

    static let wrongWords: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 1], [0, 0, 0, 33],
    ]

    @Test(arguments: wrongWords)
    func `a wrong word is refused at the same field`(_ word: [UInt8]) throws {
        try expectSamePaths(
            Self.values.get().flatMap { value in
                stride(from: 0, through: value.bytes.count - 4, by: 4).map { place in
                    var bytes = value.bytes
                    bytes.replaceSubrange(place..<place + 4, with: word)
                    return Request(type: value.type, bytes: bytes)
                }
            }, refused: 0.2)
    }

    // MARK: Bounds

    /// Each kind of place at which something with a bound can stand.
    private static func bounded(by bound: Int) -> String {
        """
        typedef string Label<\(bound)>;
        typedef int Row<\(bound)>;
        struct Flat { int number; string text<\(bound)>; opaque data<\(bound)>; bool last; };
        struct Mixed { Flat flat; Label label; int numbers<\(bound)>; double reals<\(bound)>; };
        union Choice switch (int kind) {
        case 0: void;
        case 1: string text<\(bound)>;
        case 2: Flat flat;
        case 3: Flat flats<\(bound)>;
        default: opaque data<\(bound)>;
        };
        struct Chain { Label name; Chain *next; };
        struct Tree { opaque name<\(bound)>; Tree branches<\(bound)>; };
        struct Place0 { Mixed mixed; };
        struct Place1 { Flat pair[2]; };
        struct Place2 { Flat flats<\(bound)>; };
        struct Place3 { Label labels<\(bound)>; };
        struct Place4 { Row rows<\(bound)>; };
        struct Place5 { Row two[2]; };
        struct Place6 { bool bools<\(bound)>; };
        struct Place7 { Flat *maybe; Label *label; };
        struct Place8 { Choice choice; };
        struct Place9 { Choice choices<3>; };
        struct Place10 { Chain *chain; };
        struct Place11 { Tree tree; };

        """
    }

    @Test func `what exceeds a bound is refused by the encoders at the same field`() throws {
        let directory = try TemporaryDirectory("bounds")
        let files = try [("wide", 8), ("narrow", 3)].map { name, bound in
            SubjectFile(
                name: name,
                file: try directory.write(Self.bounded(by: bound), to: "\(name).x"))
        }
        let proof = try Proof(files, machines: [.native])
        for file in files { #expect(proof.fault(of: file) == nil) }
        let wide = proof.subjects[0]
        let requests = wide.values(ofEach: 200, seed: OracleTests.seed).map {
            Request(type: $0.type, bytes: $0.bytes, typeEncoded: $0.type + wide.types.count)
        }
        let answers = try proof.cProgram(for: .native).answers(to: requests)
        expectSamePaths(
            requests, answers, try proof.swiftProgram().answers(to: requests), proof, refused: 0.5)
        let paths = answers.map(\.path)
        for part in [
            "text", "data", "mixed.flat.text", "mixed.label", "pair[1].data", "flats", "flats[",
            "labels", "labels[", "rows[", "two[1]", "bools", "maybe.text", "label", "choice.text",
            "choice.flats[", "choices[", "chain[", "tree.name", "tree.branches",
        ] {
            #expect(paths.contains { $0.hasPrefix(part) }, "never refused at '\(part)'")
        }
    }

    // MARK: Comparing

    @discardableResult
    private func expectSamePaths(_ requests: [Request], refused: Double) throws -> [Answer] {
        let c = try Programs.c(.native).answers(to: requests)
        let swift = try Programs.swift.get().answers(to: requests)
        expectSamePaths(requests, c, swift, try Proof.shared.get(), refused: refused)
        return c
    }

    private func expectSamePaths(
        _ requests: [Request], _ c: [Answer], _ swift: [Answer], _ proof: Proof, refused: Double
    ) {
        #expect(c.count == requests.count && swift.count == requests.count)
        let wrong = zip(requests, zip(c, swift)).filter { _, answers in
            // A string that is not UTF-8 is no String, but is bytes to C.
            !answers.1.isNotUTF8
                && answers.1.withoutReason.cut(like: answers.0.withoutReason)
                    != answers.0.withoutReason
        }
        #expect(
            wrong.isEmpty,
            """
            \(wrong.count) of \(requests.count); \(OracleTests.repeats)
            \(wrong.prefix(5).map {
                "\(proof.title($0.type)) of \($0.bytes.hexadecimal)\n  C: \($1.0.told)\n"
                    + "  Swift: \($1.1.told)"
            }.joined(separator: "\n"))
            """)
        let count = c.filter { if case .refused = $0 { true } else { false } }.count
        #expect(Double(count) >= refused * Double(requests.count), "\(count) are refused")
    }
}
