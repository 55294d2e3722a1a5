/// More of `cases`, by what they are about.
let moreCases: [(name: String, text: String)] = [
    ("directive-unknown", "#inclde \"names.x\"\n#define SIDE 3\n#edif\n"),
    ("directive-if-without-end", "const A = 1;\n#ifdef RPC_HDR\nconst B = 2;\n#if A\n"),
    ("directive-without-if", "#else\n#endif\n#elif 1\nconst A = 1;\n"),
    ("directive-else-twice", "#if 0\n#else\n#else\n#elif 1\n#endif\nconst A = 1;\n"),
    (
        "directive-condition",
        "#if 1 +\n#endif\n#if defined(\n#endif\n#ifdef 5\n#endif\n#if \"x\"\n#endif\n"
    ),
    (
        "directive-error",
        "#ifdef RPC_SVC\n#error not this one\n#else\n"
            + "#error Say which protocol. /* here */\n#endif\n"
    ),
    (
        "directive-define",
        "#define SQUARE(x) ((x) * (x))\n#define\n#define PAIR int x\n#define 5 6\n"
            + "struct A { int x[SQUARE ((2))]; int y<SQUARE(3)>; int SQUARE; };\n"
    ),
    ("directive-define-twice", "#define SIDE 5\n#define SIDE 6\nconst SIDE = 7;\n"),
    ("directives-too-deep", String(repeating: "#if 1\n", count: 70)),
    (
        "include-header",
        "%#include \"sizes.h\"\nstruct A { int x[SIZE_OF_UUID]; header_type y; Structure z; };\n"
            + "struct Structures { int x; };\n"
    ),
    ("include-missing", "#include \"types.x\"\n#include <rpc/types.x>\nstruct A { int x; };\n"),
    ("include-unquoted", "#include types.x\n#include \"\"\n"),
    ("include-with-mistakes", "#include \"wrong.x\"\nstruct A { Wrnog w; };\n"),
    (
        "include-clash",
        "#include \"names.x\"\nstruct Point { int y; };\nstruct A { int x[SIDES]; };\n"
    ),
    ("include-unfinished", "#include \"open.x\"\nconst A = 1;\n"),
    ("include-too-deep", "#include \"deep0.x\"\n"),
    ("text-without-end", "const A = \"never\nends\";\n"),
    (
        "text-as-number",
        "const A = \"five\";\nstruct B { int x[A]; int y<\"6\">; };\n"
            + "enum C { D = A };\n"
    ),
    ("text-with-control", "const A = \"a\u{1}b\";\n"),
    ("garbage", "\u{7f}ELF\u{2}\u{1}\u{1}\u{0}\u{0}\u{ff}\u{fe} @$^&|!~`?\\\n"),
    ("name-too-long", "struct " + String(repeating: "a", count: 300) + " { int x; };\n"),
    ("line-too-long", "struct A { " + String(repeating: "int x; ", count: 100) + "};\n"),
    (
        "columns",
        "/* \u{e4}\u{f6} */ struct A {\tRegoin r; }; /* the caret counts characters */"
            + "\n"
    ),
    ("carriage-returns", "struct A {\r\n    int x\r\n};\r\nstruct B { C c; };\r\n"),
    (
        "body-without-end",
        "struct A {\n    struct {\n        int x;\n    inner;\n};\nconst N = 1;\n"
    ),
    (
        "body-name-taken",
        "struct A {\n    struct { int x; } inner;\n};\nstruct A_inner { int y; };\n"
    ),
    (
        "body-names-equal",
        "struct A { struct { int x; } b_c; struct { struct { int y; } c; } b; };\n"
    ),
    ("body-of-itself", "struct A { struct { A a; } b; };\n"),
    (
        "bodies-too-deep",
        "struct A { " + String(repeating: "struct { ", count: 70) + "int x;"
            + String(repeating: " } y;", count: 70) + " };\n"
    ),
    ("typedef-without-name", "typedef struct { int x; };\ntypedef int;\ntypedef;\n"),
    ("typedef-of-nothing", "typedef void Nothing;\ntypedef string Name;\ntypedef opaque Bytes;\n"),
    ("union-without-name", "union switch (int x) { case 0: void; };\n"),
    ("union-without-case", "union U switch (int x) { int y; default: void; };\n"),
    (
        "union-case-form",
        "union U switch (int x) {\ncase 0 int y;\ncase: void;\ndefault 1: void;\n"
            + "case 2: default: int z;\n};\n"
    ),
    ("union-empty", "union U switch (int x) { };\nstruct S { };\nenum E { };\n"),
    (
        "union-case-range",
        "union U switch (unsigned x) { case -1: void; case 4294967296: int y; };\n"
            + "union V switch (bool b) { case 2: void; case MAYBE: int z; };\n"
    ),
    (
        "union-case-twice",
        "enum E { A, B };\n"
            + "union U switch (E e) { case A: case 0: void; case B: int x; case A: void; };\n"
    ),
    (
        "union-case-of-another",
        "enum E { A, B };\nenum F { C = 1 };\n"
            + "union U switch (E e) { case A: void; case C: int x; case 7: int y; };\n"
    ),
    (
        "union-discriminants",
        "typedef hyper Long;\nstruct S { int x; };\n"
            + "union U switch (Long l) { case 1: void; };\n"
            + "union V switch (S s) { case 1: void; };\n"
            + "union W switch (int x<3>) { case 1: void; };\n"
    ),
    ("struct-without-brace", "struct A int x; };\nstruct B { int x; };\n"),
    ("struct-void", "struct A { void; };\nstruct B { void x; };\n"),
    ("struct-type-missing", "struct A { *x; };\nstruct B { int; };\nstruct C { <5> y; };\n"),
    ("enum-comma", "enum A { B = 1 C = 2, D };\nenum E { = 1 };\nenum F { G = };\n"),
    ("enum-overflow", "enum A { B = 2147483647, C };\nenum D { E = -2147483649 };\n"),
    (
        "array-brackets",
        "struct A {\n    int x[];\n    int y[3;\n    int z<4;\n    int u[3][4];\n"
            + "    int v<>;\n};\n"
    ),
    (
        "array-count",
        "const ZERO = 0;\n"
            + "struct A { int x<0>; int y[ZERO]; opaque z<4294967296>; string s<-5>; };\n"
    ),
    (
        "type-words",
        "struct A { unsinged int x; };\nstruct B { sting name<>; };\n"
            + "struct C { uint32 y; };\nstruct D { flaot z; };\n"
    ),
    ("type-unsigned-float", "struct A { unsigned float x; };\n"),
    ("type-optional-string", "struct A { string *s; opaque *o; };\n"),
    ("const-form", "const = 5;\nconst A 5;\nconst B = ;\nconst int = 6;\nconst C = 1 + 2;\n"),
    ("const-number-name", "const 5 = 5;\ntypdef int A;\nenum B { 1 = C };\n"),
    ("member-of-two", "enum A { RED, GREEN };\nenum B { BLUE, RED };\nconst GREEN = 5;\n"),
    (
        "name-of-a-function",
        "struct Point { int x; };\nstruct Point_decode { int y; };\n"
            + "const Point_encode = 5;\n"
    ),
    ("name-case", "struct Scene { int x; };\nstruct Tile { scene s; };\n"),
    (
        "everything-in-one-pass",
        "#endif\nstruct A { int x }\nenum B { C = D };\nstruct E { F f; };\n\u{20ac}\n"
            + "const G = 09;\n"
    ),
    (
        "program-without-number",
        "program P {\n    version V {\n        void A(void);\n    } = 1;\n"
            + "    version W {\n        void B(void) = 1;\n    };\n};\n"
    ),
    ("program-version", "program P {\n    void A(void) = 1;\n} = 5;\n"),
    (
        "program-equal-versions",
        "program P {\n    version V { void A(void) = 1; } = 1;\n"
            + "    version W { void A(void) = 1; } = 1;\n"
            + "    version V { void A(void) = 1; } = 2;\n} = 5;\n"
    ),
    (
        "program-equal-procedures",
        "program P {\n    version V { void A(void) = 1; int A(int) = 2; } = 1;\n"
            + "    version W { void A(void) = 1; int B(int) = 0x1; } = 2;\n"
            + "} = 5;\n"
    ),
    (
        "program-equal-programs",
        "const FIVE = 5;\nprogram P { version V { void A(void) = 1; } = 1; } = 5;\n"
            + "program Q { version V { void A(void) = 1; } = 2; } = FIVE;\n"
            + "program R { version V { void A(void) = 1; } = 1; } = 0x20000000;\n"
            + "application S { worker int f(); } = 0x20000000;\n"
    ),
    (
        "program-ambiguous",
        "program P {\n    version V { void A(void) = 1; } = 1;\n"
            + "    version W { void A(void) = 2; } = 2;\n} = 5;\nconst B = A;\n"
    ),
    (
        "program-parameters",
        "program P {\n    version V {\n        void A(int x = 1;\n"
            + "        void B(int, void) = 2;\n        C D(E) = 3;\n    } = 1;\n} = 5;\n"
    ),
    ("program-unfinished", "program P {\n    version V {\n        void A(void) = 1;\n"),
    ("application-own-number", "application A { worker int f(); } = 0x2000004d;\n"),
    (
        "application-c-names",
        "struct a_render { int x; };\napplication A {\n    worker int render();\n"
            + "    worker int application();\n} = 0x20000000;\n"
    ),
    (
        "application-words",
        "application A {\n    shard int x;\n    contxt void f();\n"
            + "    worker pur int g();\n    context replcing void h();\n"
            + "    worker replacing int i();\n} = 0x20000000;\n"
    ),
    (
        "application-form",
        "application A {\n    shared int;\n    worker f();\n    worker int g;\n"
            + "    context void h(int reads x;\n} = 0x20000000;\n"
    ),
    (
        "application-parameters",
        "application A {\n    worker int f(int" + String(repeating: ", int", count: 32)
            + ");\n} = 0x20000000;\n"
    ),
    (
        "application-shared-count",
        "struct S { int x; };\napplication A {\n"
            + (0..<65).map { "    shared S s\($0);\n" }.joined()
            + "    worker int f();\n} = 0x20000000;\n"
    ),
    (
        "application-arguments",
        "struct B { opaque bytes[1048576]; };\napplication A {\n"
            + "    worker int f(B [1048576]);\n    worker B g(B);\n} = 0x20000000;\n"
    ),
    (
        "application-shared-and-operation",
        "struct S { int x; };\napplication A {\n    shared S scene;\n"
            + "    worker int scene();\n    worker int f() reads f;\n} = 0x20000000;\n"
    ),
    (
        "application-nested",
        "application A {\n    struct S { int x; };\n    worker int f();\n"
            + "} = 0x20000000;\n"
    ),
    (
        "cycle-of-constants",
        "enum A { B = C };\nconst C = D;\nconst D = B;\nstruct E { int x[D]; };\n"
    ),
]
