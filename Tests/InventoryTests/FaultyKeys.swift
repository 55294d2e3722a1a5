/// Manifests with wrong keys.
let faultyKeys = [
    FaultyManifest(
        "a misspelt key",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        wroker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:4:1: error: unknown key 'wroker' in the manifest
             4 | wroker: { language: c, sources: [worker/*.c] }
               | ^~~~~~
              note: keys here: application, interface, master, worker, programs, libraries, rules, ssh, hosts
              help: did you mean 'worker'?
            """),
    FaultyManifest(
        "a key that is near to none",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        colour: blue

        """,
        told: """
            marionette.yaml:5:1: error: unknown key 'colour' in the manifest
             5 | colour: blue
               | ^~~~~~
              note: keys here: application, interface, master, worker, programs, libraries, rules, ssh, hosts
            """),
    FaultyManifest(
        "several faults in one pass",
        """
        aplication: demo
        interface: 7
        master: demo
        worker: { language: d, sources: worker/*.c }
        hosts:
          a: { port: 0 }

        """,
        told: """
            marionette.yaml:1:1: error: unknown key 'aplication' in the manifest
             1 | aplication: demo
               | ^~~~~~~~~~
              note: keys here: application, interface, master, worker, programs, libraries, rules, ssh, hosts
              help: did you mean 'application'?
            marionette.yaml:2:12: error: 'interface' expects text, not the number 7
             2 | interface: 7
               |            ^
              help: quote it: "7"
            marionette.yaml:3:9: error: 'master' expects keys and values, not 'demo'
             3 | master: demo
               |         ^~~~
            marionette.yaml:4:21: error: unknown language 'd'
             4 | worker: { language: d, sources: worker/*.c }
               |                     ^
              note: known: c, c++, swift
              help: did you mean 'c'?
            marionette.yaml:4:33: error: 'sources' expects a list, not 'worker/*.c'
             4 | worker: { language: d, sources: worker/*.c }
               |                                 ^~~~~~~~~~
              help: sources: [worker/*.c]
            marionette.yaml:6:3: error: host 'a' lacks the key 'target'
             6 |   a: { port: 0 }
               |   ^
              note: targets: aarch64-linux-musl, arm-linux-musleabihf, s390x-linux-musl, \
            x86_64-linux-musl
              help: 'uname -m' on the host tells its architecture
            marionette.yaml:6:14: error: 'port' is 0, outside of 1 to 65535
             6 |   a: { port: 0 }
               |              ^
            """),
    FaultyManifest(
        "a missing key",
        """
        application: demo
        interface: demo.x
        master: { product: demo }

        """,
        told: """
            marionette.yaml:1:1: error: the manifest lacks the key 'worker'
             1 | application: demo
               | ^
            """),
    FaultyManifest(
        "a key that stands twice",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        application: other

        """,
        told: """
            marionette.yaml:5:1: error: key 'application' stands twice
             5 | application: other
               | ^~~~~~~~~~~
              note: first in line 1
            """),
    FaultyManifest(
        "keys that stand twice, beside other faults",
        """
        application: demo
        interface: demo.x
        master: { product: demo, product: other }
        worker: { language: cpp, sources: [worker/*.c] }
        hosts:
          a: { via: local, via: ssh, port: 7 }
          a: { via: local }

        """,
        told: """
            marionette.yaml:3:26: error: key 'product' stands twice
             3 | master: { product: demo, product: other }
               |                          ^~~~~~~
              note: first in column 11
            marionette.yaml:4:21: error: unknown language 'cpp'
             4 | worker: { language: cpp, sources: [worker/*.c] }
               |                     ^~~
              note: known: c, c++, swift
              help: did you mean 'c++'?
            marionette.yaml:6:20: error: key 'via' stands twice
             6 |   a: { via: local, via: ssh, port: 7 }
               |                    ^~~
              note: first in column 8
            marionette.yaml:6:36: error: 'port' means nothing for 'a': it is reached without SSH
             6 |   a: { via: local, via: ssh, port: 7 }
               |                                    ^
              help: remove 'port', or 'via: local'
            marionette.yaml:7:3: error: key 'a' stands twice
             7 |   a: { via: local }
               |   ^
              note: first in line 6
            """),
    FaultyManifest(
        "a list where keys are expected",
        """
        - application
        - interface

        """,
        told: """
            marionette.yaml:1:1: error: the manifest expects keys and values, not a list
             1 | - application
               | ^
            """),
    FaultyManifest(
        "a number where text is expected",
        """
        application: 12
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:1:14: error: 'application' expects text, not the number 12
             1 | application: 12
               |              ^~
              help: quote it: "12"
            """),
    FaultyManifest(
        "an empty text",
        """
        application: demo
        interface: demo.x
        master: { product: "" }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:3:20: error: 'product' is empty
             3 | master: { product: "" }
               |                    ^~
            """),
    FaultyManifest(
        "a name that is none",
        """
        application: 2nd demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:1:14: error: application '2nd demo' is no name
             1 | application: 2nd demo
               |              ^~~~~~~~
              note: a name begins with a letter; letters, digits, '-' and '_' follow
            """),
    FaultyManifest(
        "a name of two lines",
        """
        application: |
          two
          lines
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }

        """,
        told: """
            marionette.yaml:1:14: error: application 'two\\nlines\\n' is no name
             1 | application: |
               |              ^
              note: a name begins with a letter; letters, digits, '-' and '_' follow
            """),
    FaultyManifest(
        "an empty file",
        """

        """,
        told: """
            marionette.yaml:1:1: error: the file is empty
            """),
    FaultyManifest(
        "broken YAML",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts: [a, b

        """,
        told: """
            marionette.yaml:5:8: error: not valid YAML: did not find expected ',' or ']'
             5 | hosts: [a, b
               |        ^
              note: while parsing a flow sequence
            """),
    FaultyManifest(
        "a tab as indentation",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
        \ta: {}

        """,
        told: """
            marionette.yaml:6:1: error: not valid YAML: found character that cannot start any \
            token
             6 | \ta: {}
               | ^
              note: while scanning for the next token that starts in line 6
              help: indent with spaces
            """),
    FaultyManifest(
        "an undefined alias",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts: *others

        """,
        told: """
            marionette.yaml:5:8: error: not valid YAML: found undefined alias
             5 | hosts: *others
               |        ^
            """),
    FaultyManifest(
        "two documents",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        ---
        other: 1

        """,
        told: """
            marionette.yaml:5:1: error: not valid YAML: found another document
             5 | ---
               | ^
              note: expected a single document in the stream that starts in line 1
            """),
]
