/// Manifests with wrong files.
let faultyFiles = [
    FaultyManifest(
        "a missing interface",
        """
        application: demo
        interface: dmeo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:2:12: error: file 'dmeo.x' does not exist
             2 | interface: dmeo.x
               |            ^~~~~~
              help: did you mean 'demo.x'?
            """),
    FaultyManifest(
        "an interface that is no .x file",
        """
        application: demo
        interface: demo.y
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:2:12: error: interface 'demo.y' is no .x file
             2 | interface: demo.y
               |            ^~~~~~
            """),
    FaultyManifest(
        "an interface that is a directory",
        """
        application: demo
        interface: dir.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:2:12: error: 'dir.x' is a directory
             2 | interface: dir.x
               |            ^~~~~
            """),
    FaultyManifest(
        "a glob that matches nothing",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [wrk/*.c] }

        """,
        told: """
            marionette.yaml:4:34: error: no file matches 'wrk/*.c'
             4 | worker: { language: c, sources: [wrk/*.c] }
               |                                  ^~~~~~~
            """),
    FaultyManifest(
        "a missing source",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/mian.c] }

        """,
        told: """
            marionette.yaml:4:34: error: file 'worker/mian.c' does not exist
             4 | worker: { language: c, sources: [worker/mian.c] }
               |                                  ^~~~~~~~~~~~~
              help: did you mean 'main.c'?
            """),
    FaultyManifest(
        "no sources at all",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [] }

        """,
        told: """
            marionette.yaml:4:33: error: 'sources' is empty
             4 | worker: { language: c, sources: [] }
               |                                 ^
            """),
    FaultyManifest(
        "a source that is a header",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*] }

        """,
        told: """
            marionette.yaml:4:34: error: 'worker/main.h' is no source
             4 | worker: { language: c, sources: [worker/*] }
               |                                  ^~~~~~~~
              note: sources end in .c, .cc, .cpp, .cxx, .S, .s, .zig, .o, .a
              help: let the pattern end in '.c'
            """),
    FaultyManifest(
        "a source outside of the project",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [../other.c] }

        """,
        told: """
            marionette.yaml:4:34: error: source '../other.c' lies outside of the project
             4 | worker: { language: c, sources: [../other.c] }
               |                                  ^~~~~~~~~~
            """),
    FaultyManifest(
        "an unknown language",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: swfit, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:4:21: error: unknown language 'swfit'
             4 | worker: { language: swfit, sources: [worker/*.c] }
               |                     ^~~~~
              note: known: c, c++, swift
              help: did you mean 'swift'?
            """),
    FaultyManifest(
        "flags that are no list",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c], flags: -DX }

        """,
        told: """
            marionette.yaml:4:54: error: 'flags' expects a list, not '-DX'
             4 | worker: { language: c, sources: [worker/*.c], flags: -DX }
               |                                                      ^~~
              help: flags: [-DX]
            """),
]
