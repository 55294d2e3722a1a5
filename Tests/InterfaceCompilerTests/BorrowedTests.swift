import InterfaceCompiler
import TestKit
import Testing
import XDRCoding

/// What files for other compilers have, each as small as it goes.
@Test(arguments: [
    "struct a { authsys_parms p; };",
    "namespace outer {\ntypedef unsigned hyper uint64;\n}",
    "namespace a { namespace b { const N = 2; } struct S { int x[a::b::N]; }; };\nstruct T { a::S s; };",
    "struct q { unsigned hyper v; };\n%#define my_u_quad unsigned long long\nstruct s { my_u_quad a; };",
    """
    %#define one two
    %typedef long long two;
    struct s { one a; struct two_s *b; };
    struct two_s { two c; };
    """,
    """
    enum K { LEAF = 0, PAIR = 1 };
    struct Pair { Type left; Type right; };
    union Type switch (K k) {
    case LEAF:
        int value;
    case PAIR:
        Pair pair;
    };
    """,
    """
    enum accept_stat { SUCCESS = 0, PROG_MISMATCH = 2 };
    union reply_data switch (accept_stat stat) {
    case SUCCESS:
        opaque results[0];
    case PROG_MISMATCH:
        unsigned int low;
    default:
        void;
    };
    """,
    "struct S { opaque tail[0]; int x; };",
    "const N = 0; struct S { int x; int more[N]; string s<0>; opaque o<N>; };",
    "struct rpcb_entry_list { int map; struct *next; };",
    "struct S { struct { int x; struct *inner; } y; struct *outer; };",
    "const M = 1'000'000; const X = 0xABCD'EF'01; struct S { int x<1'000>; };\n#define N 2'000\n",
    "\u{feff}struct S { hyper int a; unsigned hyper int b; };",
    """
    pragma header nlm3;
    enum stat { GRANTED = 0 };
    pragma big_endian stat;
    pragma public stat stat;
    struct pragma { int pragma; };
    """,
    "enum a { OK = 0, BAD = 1 }; enum b { OK, WORSE = 2, LAST = WORSE, BAD }; typedef opaque x<OK>;",
    "enum a { X = 1 }; enum b { Y = 1, Z = 2 };\nunion u switch (a k) { case Y: int i; };",
    "union u switch (bool on) { case true: int a; case false: void; };",
    "const A = 5;\nconst A = 5;\ntypedef int t[A];",
    "#define SQUARE(x) ((x) * (x))\n%#define CUBE(x) x\nstruct s { int SQUARE; int b[+5]; };",
    "union u switch (int k) { case 'a': int x; case '+': void; };",
    "struct s { void; int a; void; }; % to the end of the line };\ntypedef void;",
    """
    program OLD { version V { void NULL(void) = 0; } = 2; } = 100003;
    program NEW { version W { void NULL(void) = 0; } = 3; } = 100003;
    """,
    "struct s { uint_t a; ulong_t b; ushort_t c; uchar_t d; };",
    "#define u64 unsigned hyper\n#define PAIR u64 a; \\\n  int b\nstruct S { PAIR; };",
])
func `what rpcgen, xdrgen and goxdr take, this compiler takes`(text: String) throws {
    let model = try compileInterface(text: text, file: "a.x")
    for language in StubLanguage.allCases { _ = language.files(of: model) }
}

@Test func `the types of others are what their users mean`() throws {
    func canonical(_ text: String) throws -> Substring {
        try compileInterface(text: text, file: "a.x").canonicalText.dropFirst("interface 1\n".count)
    }
    #expect(
        try canonical("%#define u unsigned long long\nstruct S { u a; struct *next; int x[0]; };")
            == "struct S\n  a: u\n  next: S*\ntypedef u unsigned hyper\n")
    #expect(
        try canonical("union U switch (int k) { case 1: opaque rest[0]; default: int x; };")
            == "union U k: int\n  case 1: void\n  case default: x: int\n")
    #expect(
        try canonical("struct S { struct { struct *inner; int x; } y; struct *outer; };")
            == "struct S\n  y: S_y\n  outer: S*\nstruct S_y\n  inner: S_y*\n  x: int\n")
    #expect(
        try canonical("namespace a { struct S { int x<1'000>; }; } namespace b { typedef a::S T; }")
            == "struct S\n  x: int<1000>\ntypedef T S\n")
    // What the file defines goes before what C headers know.
    #expect(
        try canonical(
            "%#define u_int hyper\ntypedef float opaque_auth; struct S { u_int a; opaque_auth b; };"
        )
            == "struct S\n  a: unsigned\n  b: opaque_auth\ntypedef opaque_auth float\n")
}

@Test func `members of several enumerations are each their own`() throws {
    let text = """
        const a_BAD = 3;
        enum a { OK = 0, BAD = 1 };
        enum a_OK { BAD = 7, NEXT, LAST = BAD };
        union u switch (a_OK k) { case BAD: int x; case NEXT: void; };
        """
    let model = try compileInterface(text: text, file: "a.x")
    #expect(
        model.canonicalText == """
            interface 1
            enum a
              OK = 0
              BAD = 1
            enum a_OK
              BAD = 7
              NEXT = 8
              LAST = 7
            union u k: a_OK
              case 7: x: int
              case 8: void

            """)
    let header = try #require(cStubs(model, stem: "a").first { $0.name == "a.h" }).text
    for line in ["OK = 0,", "a_BAD_ = 1,", "a_OK_BAD = 7,", "NEXT = 8,", "LAST = 7,"] {
        #expect(header.contains("    \(line)\n"), "\(line)")
    }
}

@Test func `the zero of a union that holds itself ends`() throws {
    #expect(Pair() == Pair(left: .LIST([]), right: .LIST([])))
    #expect(Even() == .caseFalse)
    #expect(Odd() == .case1(.caseFalse))
}

@Test func `a union that holds itself is limited in depth by both`() throws {
    // Pairs that lean to the left: a union and a struct for each step.
    func nested(_ steps: Int) -> [UInt8] {
        let leaf: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
        return (0..<steps).flatMap { _ in [0, 0, 0, 1] as [UInt8] } + leaf
            + (0..<steps).flatMap { _ in leaf }
    }
    let values = [0, 1, 100, 127, 128, 100_000].map(nested)
    let accepted = values.map { (try? decoded($0, as: Type_.self)) != nil }
    #expect(accepted == [true, true, true, true, false, false])
    let error = #expect(throws: XDRError.self) { try decoded(values[4], as: Type_.self) }
    #expect(error?.description.hasSuffix("pair.left: nested deeper than 256") == true)
    for value in values.prefix(4) { #expect(try bytes(decoded(value, as: Type_.self)) == value) }
    try withTemporaryDirectory { directory in
        let program = try EchoProgram("borrowed", type: "Type", for: .native, in: directory)
        guard let program else { return }
        let echoes = try program.echo(values)
        #expect(echoes.map { $0 != nil } == accepted)
        #expect(Array(echoes.prefix(4)) == Array(values.prefix(4)))
    }
}

@Test func `a million bytes that open a union's case end soon, without a value`() throws {
    // Each word opens three items, of which the first opens three more.
    let value = [UInt8](repeating: 0, count: 1_000_000).enumerated().map {
        $0.offset % 4 == 3 ? UInt8(3) : $0.element
    }
    #expect(throws: XDRError.self) { try decoded(value, as: Type_.self) }
    try withTemporaryDirectory { directory in
        let program = try EchoProgram("borrowed", type: "Type", for: .native, in: directory)
        guard let program else { return }
        #expect(try program.echo([value]) == [nil])
    }
}
