import Testing

@testable import BuildGraph

@Test(arguments: [
    ("a.o: a.c a.h\n", ["a.c", "a.h"]),
    ("a.o: a.c \\\n  a.h \\\n  b.h\n", ["a.c", "a.h", "b.h"]),
    ("a.o: a.c \\\r\n  a.h\r\n", ["a.c", "a.h"]),
    ("a.o: a.c a.h\n\na.h:\n", ["a.c", "a.h"]),
    ("a.o a.d: a.c a.c a.h\n", ["a.c", "a.h"]),
    ("a.o : a.c\n", ["a.c"]),
    ("a.o: my\\ dir/a\\ b.h\n", ["my dir/a b.h"]),
    ("a.o: cost$$s.h x\\#y.h\n", ["cost$s.h", "x#y.h"]),
    ("a.o: back\\\\ next\n", ["back\\", "next"]),
    ("c:/out/a.o: c:/in/a.c c:\\in\\a.h\n", ["c:/in/a.c", "c:\\in\\a.h"]),
    ("a.o: a.c", ["a.c"]),
    ("a.o: a.c \\", ["a.c"]),
    ("a.o:\n", []),
    ("", []),
    ("no rule at all\n", []),
    ("a.o: ä/ö.h\n", ["ä/ö.h"]),
    ("a.o: a.h\nb.o: b.h\n", ["a.h", "b.h"]),
    ("a.o:\\\n a.h\\\nb.h\n", ["a.h", "b.h"]),
    ("a.o: a\\\\\\\n b.h\n", ["a\\", "b.h"]),
    ("a.o: a.h\nb.o b.h\nc.o:\tc.h", ["a.h", "c.h"]),
    ("a.o: a:b.h x: y.h\n", ["a:b.h", "x:", "y.h"]),
])
func `a depfile tells what was read`(text: String, expected: [String]) {
    #expect(Depfile.prerequisites(in: Array(text.utf8)) == expected)
}
