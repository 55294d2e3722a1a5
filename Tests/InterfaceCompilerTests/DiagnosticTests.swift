import Diagnostics
import Foundation
import InterfaceCompiler
import TestKit
import Testing

private func rendered(_ text: String) -> String {
    let files = InterfaceFiles(
        searched: ["shared"], size: { includable[$0]?.utf8.count }, read: { includable[$0] })
    do {
        _ = try compileInterface(text: text, file: "a.x", files: files)
        return "no error\n"
    } catch {
        return error.diagnostics.map { $0.rendered + "\n" }.joined()
    }
}

/// What the cases may include.
private let includable: [String: String] = {
    var files = [
        "wrong.x": "struct Right { int x; };\nstruct Wrong { Rigth r; };\n#if 1\n",
        "shared/names.x": "const SIDE = 3;\nstruct Point { int x; };\n",
        "open.x": "struct A { int x;",
    ]
    for depth in 0..<40 { files["deep\(depth).x"] = "#include \"deep\(depth + 1).x\"\n" }
    return files
}()

/// Whole diagnostics, one file for each case: the interface, and all that is told about it.
private let cases: [(name: String, text: String)] = [
    ("syntax-missing-semicolon", "struct A {\n    int x\n    int y;\n};\n"),
    (
        "syntax-several-in-one-pass",
        "struct A {\n    int 5;\n    float y;\n    strng z<>;\n};\nenm B { C = 1 };\n"
            + "struct D { A a; E e; };\n"
    ),
    ("syntax-misspelt-definition", "strct A { int x; };\n"),
    ("syntax-reserved-name", "struct A { int default; };\n"),
    ("syntax-unclosed-block", "struct A {\n    int x;\n\nconst N = 5;\n"),
    ("syntax-unclosed-comment", "const A = 1;\n/* never ends\nstruct B { int x; };\n"),
    (
        "syntax-number",
        "const A = 0x;\nconst B = 08;\nconst C = 99999999999999999999;\nconst D = 12ab;\n"
    ),
    ("syntax-strange-character", "struct A { int x; };\n§ const N = 1;\n\u{1}\n"),
    ("syntax-union-without-switch", "union U { int x; };\n"),
    ("syntax-optional-array", "struct A { int *x<5>; };\n"),
    ("name-unknown-type", "struct Region { int x; };\nstruct Tile { Regoin region; };\n"),
    ("name-unknown-constant", "const SIDE_MAX = 5;\nstruct A { int x<SIDE_MAXX>; };\n"),
    ("name-constant-as-type", "const N = 5;\nstruct A { N n; };\nstruct B { int x[A]; };\n"),
    (
        "name-declared-twice",
        "struct A { int x; };\nenum B { C = 1 };\nconst A = 5;\nconst C = 1;\n"
    ),
    ("name-field-twice", "struct A { int x; float y; hyper x; };\n"),
    ("name-of-the-runtime", "struct mrn_call { int x; };\n"),
    (
        "value-out-of-range",
        "enum A { B = 2147483648 };\nstruct C { int y<-1>; opaque z[2000000]; };\n"
            + "typedef int D[0];\nstruct E { int x[0]; };\n"
    ),
    ("value-of-itself", "const A = B;\nconst B = A;\n"),
    ("type-string-without-bound", "struct A { string s; opaque o; };\n"),
    ("type-cycle", "struct A { B b; };\nstruct B { C c[3]; };\nstruct C { A a; };\n"),
    (
        "type-typedef-twice",
        "typedef int A<5>;\ntypedef int A<5>;\ntypedef int A<6>;\ntypedef int *A;\n"
    ),
    ("type-typedef-cycle", "typedef A B<>;\ntypedef B *A;\n"),
    (
        "type-without-values",
        "union U switch (bool b) { case TRUE: U one; case FALSE: S two; };\nstruct S { U u; };\n"
    ),
    (
        "type-without-chosen-end",
        "enum E { A = 1 };\nunion U switch (E e) { case A: U u; default: void; };\n"
    ),
    (
        "type-indirect-too-large",
        "union U switch (int k) { case 0: void; case 1: U u[100000]; };\n"
    ),
    (
        "struct-optional",
        "struct *pmaplist { int map; pmaplist next; };\nstruct *{ int x; };\n"
    ),
    ("struct-without-bytes", "struct A { int x[0]; opaque y[0]; };\ntypedef int B[0];\n"),
    ("namespace-unclosed", "namespace outer {\nconst A = 1;\n"),
    ("namespace-names", "namespace a { const A = 1; }\nnamespace b { const A = 2; };\n}\n"),
    (
        "unseen-characters",
        "struct A { int x;\u{200b} int\u{a0}y; };\n\u{feff}const N\u{2028}= 1;\n"
    ),
    ("digit-separators", "const A = 1''0;\nconst B = 10';\nconst C = 0x'1;\n"),
    (
        "struct-of-itself-outside",
        "typedef struct *A;\nunion U switch (int k) { case 1: struct *p; };\n"
    ),
    (
        "macro-of-itself",
        "#define A int x; A\nstruct S { A };\n"
    ),
    ("type-too-large", "struct A { double x[100000]; };\nstruct B { A a[2]; };\n"),
    (
        "union-cases",
        "enum K { P = 1, Q = 2 };\nunion U switch (K k) { case P: int x; case R: int y; case P: int x; };\n"
    ),
    ("union-discriminant", "union U switch (float f) { case 1: int x; };\n"),
    (
        "union-defaults",
        "union U switch (bool b) { case TRUE: int x; default: void; default: void; case 3: int z; };\n"
    ),
    (
        "union-case-of-other",
        "enum A { P = 0, Q = 7 };\nenum B { R = 0, S = 1 };\n"
            + "union U switch (B b) { case P: int x; case Q: void; case -1: int y; };\n"
    ),
    (
        "name-of-several-members",
        "enum A { OK = 0, BAD = 1 };\nenum B { BAD = 2, OK = 0 };\n"
            + "struct S { int x<OK>; int y<BAD>; };\nenum C { X, X, D = BAD };\n"
    ),
    ("application-number", "application A { worker int f(); } = 5;\n"),
    ("application-without-number", "application A { worker int f(); };\n"),
    ("application-empty", "application A { } = 0x20000000;\n"),
    (
        "application-twice",
        "application A { worker int f(); } = 0x20000000;\napplication B { worker int f(); } = 0x20000001;\n"
    ),
    ("application-misspelt-word", "application A { wroker int f(); } = 0x20000000;\n"),
    (
        "application-context",
        "struct S { int x; };\napplication A {\n    shared S s;\n    context int f(int);\n"
            + "    context void g() reads s;\n} = 0x20000000;\n"
    ),
    (
        "application-reads",
        "struct S { int x; };\napplication A {\n    shared S scene;\n    worker int f() reads scne;\n"
            + "    worker int g() reads scene, scene;\n} = 0x20000000;\n"
    ),
    (
        "application-shared-type",
        "typedef float Curve<>;\napplication A {\n    shared Curve c;\n    shared int n;\n"
            + "    worker int f() reads c;\n} = 0x20000000;\n"
    ),
    (
        "application-names",
        "application A {\n    worker int setCamera();\n    worker int set_camera();\n"
            + "    worker int master();\n"
            + "    worker int f(int a, float a);\n} = 0x20000000;\n"
    ),
    (
        "program-numbers",
        "program P {\n    version V {\n        void A(void) = 1;\n        void B(void) = 1;\n    } = 1;\n"
            + "} = 4294967296;\n"
    ),
]

@Test(arguments: (cases + moreCases).map(\.name))
func `each mistake has its whole diagnostic`(name: String) throws {
    let text = try #require((cases + moreCases).first { $0.name == name }?.text)
    try expectGolden("\(text)----\n\(rendered(text))", at: "diagnostics/\(name).txt")
}

@Test func `an array without items is left out of its struct, and that is told`() throws {
    let model = try compileInterface(
        text: "struct A { int count; int items[0]; };\n", file: "a.x")
    guard case .structure(let fields) = try #require(model.types.first).kind else {
        Issue.record("\(model.types)")
        return
    }
    #expect(fields.map(\.name) == ["count"])
    #expect(
        model.warnings.map(\.rendered) == [
            """
            a.x:1:27: warning: 'items' has no items, and is left out
             1 | struct A { int count; int items[0]; };
               |                           ^~~~~
              help: for any number of items: items<>
            """
        ])
}

@Test func `a mistake is told at most as often as the limit says`() {
    let text = (0..<1000).map { "struct A\($0) { B\($0) b; };\n" }.joined()
    do {
        _ = try compileInterface(text: text, file: "a.x")
        Issue.record("no error")
    } catch {
        #expect(error.diagnostics.count == InterfaceLimits.diagnostics)
    }
}
