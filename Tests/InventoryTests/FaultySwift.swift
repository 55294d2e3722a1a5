/// Manifests whose worker is in Swift and can't be.
let faultySwift = [
    FaultyManifest(
        "hosts that need a worker in C",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: swift, sources: [swift/*.swift] }
        hosts:
          pi: { target: arm-linux-musleabihf }
          mainframe[1-2]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:7:29: error: host 'mainframe[1-2]': workers in Swift can't be built for \
            's390x-linux-musl'
             7 |   mainframe[1-2]: { target: s390x-linux-musl }
               |                             ^~~~~~~~~~~~~~~~
              note: Embedded Swift has no standard library for big-endian machines
              help: write the worker in C ('language: c'), or leave this host out
            """),
    FaultyManifest(
        "sources in C",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: swift, sources: [worker/main.c] }

        """,
        told: """
            marionette.yaml:4:38: error: 'worker/main.c' is no Swift source
             4 | worker: { language: swift, sources: [worker/main.c] }
               |                                      ^~~~~~~~~~~~~
              help: language: c
            """),
    FaultyManifest(
        "sources in Swift where C is declared",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [swift/Main.swift] }

        """,
        told: """
            marionette.yaml:4:34: error: 'swift/Main.swift' is in Swift
             4 | worker: { language: c, sources: [swift/Main.swift] }
               |                                  ^~~~~~~~~~~~~~~~
              help: language: swift
            """),
    FaultyManifest(
        "a pattern that finds other files as well",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: swift, sources: [worker/*] }

        """,
        told: """
            marionette.yaml:4:38: error: 'worker/main.c' is no Swift source
             4 | worker: { language: swift, sources: [worker/*] }
               |                                      ^~~~~~~~
              help: let the pattern end in '.swift'
            """),
]
