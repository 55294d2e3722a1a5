/// Manifests with wrong hosts.
let faultyHosts = [
    FaultyManifest(
        "an unknown target",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: aarch64-linux-muls }

        """,
        told: """
            marionette.yaml:6:17: error: unknown target 'aarch64-linux-muls'
             6 |   pi: { target: aarch64-linux-muls }
               |                 ^~~~~~~~~~~~~~~~~~
              note: targets: aarch64-linux-musl, arm-linux-musleabihf, s390x-linux-musl, \
            x86_64-linux-musl
              help: did you mean 'aarch64-linux-musl'?
            """),
    FaultyManifest(
        "a host without a target",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { user: me }

        """,
        told: """
            marionette.yaml:6:3: error: host 'pi' lacks the key 'target'
             6 |   pi: { user: me }
               |   ^~
              note: targets: aarch64-linux-musl, arm-linux-musleabihf, s390x-linux-musl, \
            x86_64-linux-musl
              help: 'uname -m' on the host tells its architecture
            """),
    FaultyManifest(
        "an unknown key of a host",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, prot: 22 }

        """,
        told: """
            marionette.yaml:6:35: error: unknown key 'prot' in host 'pi'
             6 |   pi: { target: s390x-linux-musl, prot: 22 }
               |                                   ^~~~
              note: keys here: target, via, user, port, address, workers, emulator, store
              help: did you mean 'port'?
            """),
    FaultyManifest(
        "an unknown way",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, via: shs }

        """,
        told: """
            marionette.yaml:6:40: error: unknown via 'shs'
             6 |   pi: { target: s390x-linux-musl, via: shs }
               |                                        ^~~
              note: known: ssh, local, command
              help: did you mean 'ssh'?
            """),
    FaultyManifest(
        "commands that do not say what they should",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          a: { target: s390x-linux-musl, via: { command: [ssh, "{hots}"] } }
          b: { target: s390x-linux-musl, via: command }
          c: { target: s390x-linux-musl, via: { command: [] } }
          d: { target: s390x-linux-musl, via: { command: [x, "a{", "{port}"] } }
          e: { target: s390x-linux-musl, via: { command: [x, "{port}"] } }
          f: { target: s390x-linux-musl, user: me, via: { command: [x] } }
          g: { target: s390x-linux-musl, via: { comand: [x] } }
          h: { target: s390x-linux-musl, via: { command: x } }

        """,
        told: """
            marionette.yaml:6:57: error: '{hots}' stands for nothing of a host
             6 |   a: { target: s390x-linux-musl, via: { command: [ssh, "{hots}"] } }
               |                                                         ^~~~~~
              note: known: {host}, {address}, {user}, {port}
              help: did you mean '{host}'?
            marionette.yaml:7:39: error: 'via: command' names no command
             7 |   b: { target: s390x-linux-musl, via: command }
               |                                       ^~~~~~~
              help: via: { command: [ssh, "{host}"] }
            marionette.yaml:8:50: error: 'command' is empty
             8 |   c: { target: s390x-linux-musl, via: { command: [] } }
               |                                                  ^
              help: via: { command: [ssh, "{host}"] }
            marionette.yaml:9:56: error: '{' has no '}'
             9 |   d: { target: s390x-linux-musl, via: { command: [x, "a{", "{port}"] } }
               |                                                        ^
              help: write '{{' where one '{' is meant
            marionette.yaml:10:39: error: host 'e': its command has '{port}', and it has no 'port'
             10 |   e: { target: s390x-linux-musl, via: { command: [x, "{port}"] } }
                |                                       ^
              help: write 'port:' beside 'via', or leave '{port}' out
            marionette.yaml:11:40: error: 'user' means nothing for 'f': its command does not use it
             11 |   f: { target: s390x-linux-musl, user: me, via: { command: [x] } }
                |                                        ^~
              help: write '{user}' into the command, or remove 'user'
            marionette.yaml:12:41: error: unknown key 'comand' in 'via'
             12 |   g: { target: s390x-linux-musl, via: { comand: [x] } }
                |                                         ^~~~~~
              note: keys here: command
              help: did you mean 'command'?
            marionette.yaml:13:50: error: 'command' expects a list, not 'x'
             13 |   h: { target: s390x-linux-musl, via: { command: x } }
                |                                                  ^
              help: command: [x]
            """),
    FaultyManifest(
        "a port that is too large",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, port: 65536 }

        """,
        told: """
            marionette.yaml:6:41: error: 'port' is 65536, outside of 1 to 65535
             6 |   pi: { target: s390x-linux-musl, port: 65536 }
               |                                         ^~~~~
            """),
    FaultyManifest(
        "a port in words",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, port: ssh }

        """,
        told: """
            marionette.yaml:6:41: error: 'port' expects a number, not 'ssh'
             6 |   pi: { target: s390x-linux-musl, port: ssh }
               |                                         ^~~
            """),
    FaultyManifest(
        "no workers",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, workers: 0 }

        """,
        told: """
            marionette.yaml:6:44: error: 'workers' is 0, outside of 1 to 256
             6 |   pi: { target: s390x-linux-musl, workers: 0 }
               |                                            ^
            """),
    FaultyManifest(
        "a relative store",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi: { target: s390x-linux-musl, store: cache }

        """,
        told: """
            marionette.yaml:6:42: error: store 'cache' begins with neither '/' nor '~/'
             6 |   pi: { target: s390x-linux-musl, store: cache }
               |                                          ^~~~~
            """),
    FaultyManifest(
        "SSH settings of a local host",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          here: { via: local, user: me, port: 22 }

        """,
        told: """
            marionette.yaml:6:29: error: 'user' means nothing for 'here': it is reached \
            without SSH
             6 |   here: { via: local, user: me, port: 22 }
               |                             ^~
              help: remove 'user', or 'via: local'
            marionette.yaml:6:39: error: 'port' means nothing for 'here': it is reached \
            without SSH
             6 |   here: { via: local, user: me, port: 22 }
               |                                       ^~
              help: remove 'port', or 'via: local'
            """),
    FaultyManifest(
        "a store of a local host",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          here: { via: local, store: /tmp/store }

        """,
        told: """
            marionette.yaml:6:30: error: 'store' means nothing for 'here': its binary is executed \
            where it was built
             6 |   here: { via: local, store: /tmp/store }
               |                              ^~~~~~~~~~
              help: remove 'store', or 'via: local'
            """),
    FaultyManifest(
        "hosts as a list",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts: [a, b]

        """,
        told: """
            marionette.yaml:5:8: error: 'hosts' expects keys and values, not a list
             5 | hosts: [a, b]
               |        ^
            """),
    FaultyManifest(
        "a name that is no host",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          "a b": { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:3: error: 'a b' is no host name
             6 |   "a b": { target: s390x-linux-musl }
               |   ^~~~~
              note: letters, digits, '.', '_', '-' and ':'; folds as in pi[1-4]
            """),
    FaultyManifest(
        "a host that a fold names again",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi3: { target: s390x-linux-musl }
          pi[1-4]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:7:3: error: host 'pi3' stands twice
             7 |   pi[1-4]: { target: s390x-linux-musl }
               |   ^~~~~~~
              note: first in line 6
            """),
    FaultyManifest(
        "fewer addresses than hosts",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi[1-4]: { target: s390x-linux-musl, address: "10.0.0.[1-3]" }

        """,
        told: """
            marionette.yaml:6:49: error: 3 addresses for 4 hosts
             6 |   pi[1-4]: { target: s390x-linux-musl, address: "10.0.0.[1-3]" }
               |                                                 ^~~~~~~~~~~~~~
              help: fold the address like the name, as in 10.0.0.[1-4]
            """),
    FaultyManifest(
        "an open fold",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi[1-4: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:5: error: host 'pi[1-4': '[' without ']'
             6 |   pi[1-4: { target: s390x-linux-musl }
               |     ^
            """),
    FaultyManifest(
        "a closed fold",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi1-4]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:8: error: host 'pi1-4]': ']' without '['
             6 |   pi1-4]: { target: s390x-linux-musl }
               |        ^
            """),
    FaultyManifest(
        "a fold of words",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi[a-d]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:6: error: host 'pi[a-d]': 'a-d' is neither a number nor a range
             6 |   pi[a-d]: { target: s390x-linux-musl }
               |      ^~~
            """),
    FaultyManifest(
        "an empty fold",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi[]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:6: error: host 'pi[]': a fold expects numbers, as in [1-4,7]
             6 |   pi[]: { target: s390x-linux-musl }
               |      ^
            """),
    FaultyManifest(
        "a fold that runs backwards",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          pi[4-1]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:6: error: host 'pi[4-1]': range '4-1' runs backwards
             6 |   pi[4-1]: { target: s390x-linux-musl }
               |      ^~~
            """),
    FaultyManifest(
        "a fold that is too large",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          n[1-100]r[1-100]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:12: error: host 'n[1-100]r[1-100]': stands for more than 4096 \
            hosts
             6 |   n[1-100]r[1-100]: { target: s390x-linux-musl }
               |            ^~~~~~~
            """),
    FaultyManifest(
        "a range that is too large",
        """
        application: demo
        interface: demo.x
        master: { product: demo }
        worker: { language: c, sources: [worker/*.c] }
        hosts:
          n[0-99999]: { target: s390x-linux-musl }

        """,
        told: """
            marionette.yaml:6:5: error: host 'n[0-99999]': stands for more than 4096 hosts
             6 |   n[0-99999]: { target: s390x-linux-musl }
               |     ^~~~~~~
            """),
]
