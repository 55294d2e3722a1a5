import Testing

@testable import Transport

/// What becomes of the text that `ssh -G` prints.
@Suite struct SSHAnswerTests {
    private static let tokens = SSHTokens(
        values: ["d": "/home/me", "i": "1000", "l": "desk.lan", "L": "desk", "u": "me"],
        home: "/home/me", homeOf: { $0 == "you" ? "/home/you" : nil },
        environment: { ["KEYS": "/keys", "AGENT": "/run/agent", "EMPTY": ""][$0] })

    private static let least = "user me\nhostname 10.0.0.1\nport 22\n"

    private func options(
        _ text: String, host: String = "pi1", configuration: String? = nil
    ) throws -> SSHOptions {
        try SSHAnswer(Self.least + text).options(
            for: SSHDestination(host: host, configuration: configuration), client: "ssh",
            tokens: Self.tokens)
    }

    private func asked(_ text: String) throws -> SSHOptions.Asked {
        try #require(try options(text).asked)
    }

    @Test func `all that ssh decided is taken over`() throws {
        let text = """
            host Pi1
            user pi
            hostname 10.0.0.1
            port 2222
            addressfamily inet6
            checkhostip yes
            compression yes
            identitiesonly yes
            stricthostkeychecking false
            requiredrsasize 2048
            bindaddress 10.0.0.9
            bindinterface eth0
            ciphers aes256-ctr,aes128-ctr
            hostkeyalgorithms rsa-sha2-512,ssh-ed25519
            hostkeyalias Cluster-Pi
            identityagent ~/agent
            kexalgorithms curve25519-sha256
            macs hmac-sha2-256
            pubkeyacceptedalgorithms ssh-ed25519
            identityfile ~/.ssh/a key
            identityfile ${KEYS}/%n-%h
            globalknownhostsfile /etc/ssh/known /etc/ssh/known2
            userknownhostsfile ~/my keys/known /home/me/second
            revokedhostkeys /etc/revoked
            connecttimeout 7
            rekeylimit 1048576 60
            proxycommand nc %h %p %%

            """
        let options = try SSHAnswer(text).options(
            for: SSHDestination(host: "Pi1"), client: "ssh", tokens: Self.tokens)
        let trust = HostTrust(
            name: "cluster-pi",
            files: [
                "/home/me/my keys/known", "/home/me/second", "/etc/ssh/known", "/etc/ssh/known2",
            ], userFile: "/home/me/my keys/known", revoked: ["/etc/revoked"],
            isAddressChecked: true,
            isStrict: false, isAlias: true)
        let expected = SSHOptions(
            address: "10.0.0.1", port: 2222, user: "pi", proxy: "nc 10.0.0.1 2222 %",
            hop: SSHOptions.Hop(name: "its proxy", check: "nc 10.0.0.1 2222 %"),
            bottleneck: "nc %h %p %%", connectTimeout: .seconds(7), addressFamily: .inet6,
            asked: SSHOptions.Asked(
                bindAddress: "10.0.0.9", bindInterface: "eth0",
                identities: ["/home/me/.ssh/a key", "/keys/Pi1-10.0.0.1"],
                isIdentityRequired: true, agent: .socket(path: "/home/me/agent"), trust: trust,
                algorithms: SSHOptions.Algorithms(
                    keyExchange: ["curve25519-sha256"], hostKey: ["rsa-sha2-512", "ssh-ed25519"],
                    cipher: ["aes256-ctr", "aes128-ctr"], authentication: ["ssh-ed25519"],
                    code: ["hmac-sha2-256"]),
                isCompressed: true, rsaSizeMin: 2048, rekeyBytes: 1_048_576, rekeySeconds: 60))
        #expect(options == expected)
    }

    @Test(arguments: [
        ("~", "/home/me"), ("~/a", "/home/me/a"), ("~you/a", "/home/you/a"), ("~no/a", "~no/a"),
        ("a~b", "a~b"), ("%d/%u-%i-%l-%L", "/home/me/me-1000-desk.lan-desk"),
        ("%h|%n|%p|%r|%k", "10.0.0.1|pi1|22|me|alias"), ("100%%", "100%"), ("%%h", "%h"),
        ("${KEYS}/${AGENT}x", "/keys//run/agentx"), ("$KEYS", "$KEYS"), ("${EMPTY}a", "a"),
        ("a b  c", "a b  c"), ("schlüssel-%n", "schlüssel-pi1"),
    ])
    func `a path's tokens stand for what ssh_config says`(_ text: String, _ path: String) throws {
        let asked = try asked("hostkeyalias alias\nidentityfile \(text)\n")
        #expect(asked.identities == [path])
    }

    @Test(arguments: [
        (
            "identityfile /a/%Z",
            "'/a/%Z': '%Z' is not known here; write what it stands for"
        ),
        ("identityfile /a%", "'/a%' ends with '%'; write '%%' for one '%'"),
        ("identityfile ${NOPE}/a", "'${NOPE}/a': the environment has no 'NOPE'"),
        ("identityfile ${KEYS", "'${KEYS': '${' has no '}'"),
        ("proxycommand nc %Q", "'nc %Q': '%Q' is not known here; write what it stands for"),
        ("proxyusefdpass yes", "'ProxyUseFdpass yes' can't be done here"),
        (
            "pubkeyauthentication no",
            "'PubkeyAuthentication no' leaves nothing: no password is asked for here"
        ),
        (
            "pubkeyauthentication false",
            "'PubkeyAuthentication no' leaves nothing: no password is asked for here"
        ),
        (
            "knownhostscommand /usr/bin/keys %H",
            "'KnownHostsCommand' is not asked here; write the keys to a file, and set "
                + "'KnownHostsCommand none' for this host"
        ),
    ])
    func `what can't be kept is refused in words`(_ text: String, _ reason: String) {
        #expect(throws: SSHAnswer.Fault.unsupported(reason: reason)) { try options(text) }
    }

    @Test(arguments: ["user", "hostname", "port"])
    func `an answer that lacks what every ssh prints is none`(_ keyword: String) {
        let lines = Self.least.split(separator: "\n").filter { !$0.hasPrefix(keyword) }
        let answer = SSHAnswer(lines.joined(separator: "\n"))
        #expect(throws: SSHAnswer.Fault.incomplete(missing: keyword)) {
            try answer.options(
                for: SSHDestination(host: "pi1"), client: "ssh", tokens: Self.tokens)
        }
    }

    @Test(arguments: [
        ("", ["10.0.0.1", nil]), ("port 22\n", ["10.0.0.1", nil]),
        ("hostkeyalias Other\n", ["other", nil]),
    ])
    func `a key is looked up under the alias, or else under the name`(
        _ text: String, _ names: [String?]
    ) throws {
        let trust = try asked(text).trust
        #expect([trust.name, trust.bareName] == names)
    }

    @Test func `with another port than 22 a key counts under both names`() throws {
        let answer = SSHAnswer("user me\nhostname PI.lan\nport 2200\n")
        let options = try answer.options(
            for: SSHDestination(host: "pi1"), client: "ssh", tokens: Self.tokens)
        #expect(options.asked?.trust.name == "[pi.lan]:2200")
        #expect(options.asked?.trust.bareName == "pi.lan")
    }

    @Test(arguments: [
        ("", SSHOptions.Agent.none), ("identityagent SSH_AUTH_SOCK\n", .none),
        ("identityagent none\n", .none), ("identityagent $AGENT\n", .socket(path: "/run/agent")),
        ("identityagent $NOPE\n", .none), ("identityagent $EMPTY\n", .none),
        ("identityagent /a b\n", .socket(path: "/a b")),
    ])
    func `the agent is the one that is named`(_ text: String, _ agent: SSHOptions.Agent) throws {
        #expect(try asked(text).agent == agent)
    }

    @Test(arguments: [
        ("none", nil), ("jump", "ssh -W '[10.0.0.1]:22' -- jump"),
        ("me@jump:23", "ssh -l me -p 23 -W '[10.0.0.1]:22' -- jump"),
        ("a,you@b:1,me@[::1]:2", "ssh -l me -p 2 -J a,you@b:1 -W '[10.0.0.1]:22' -- ::1"),
        ("ssh://me@jump:23/", "ssh -l me -p 23 -W '[10.0.0.1]:22' -- jump"),
        ("ssh://a:1,ssh://jump", "ssh -J ssh://a:1 -W '[10.0.0.1]:22' -- jump"),
        ("%n-gate", "ssh -W '[10.0.0.1]:22' -- 'pi1-gate'"),
    ])
    func `a jump host is reached by the command that ssh would use`(
        _ jump: String, _ command: String?
    ) throws {
        #expect(try options("proxyjump \(jump)\n").proxy == command)
    }

    @Test func `a jump host is looked up in the same file, whatever its name`() throws {
        let options = try options("proxyjump jump\n", configuration: "/a 50%/config")
        #expect(options.proxy == "ssh -F '/a 50%/config' -W '[10.0.0.1]:22' -- jump")
        let check = "ssh -F '/a 50%/config' jump true"
        #expect(options.hop == SSHOptions.Hop(name: "its jump host 'jump'", check: check))
    }

    @Test func `hosts behind one jump host share its handshakes`() throws {
        let first = try options("proxyjump jump\n", host: "pi1")
        let second = try options("proxyjump jump\nhostname 10.0.0.2\n", host: "pi2")
        #expect(first.bottleneck == second.bottleneck)
        #expect(try options("").bottleneck == "10.0.0.1 22")
    }

    @Test(arguments: [("none", nil), ("0", nil), ("7", Duration.seconds(7))])
    func `a time limit is one that ends`(_ text: String, _ limit: Duration?) throws {
        #expect(try options("connecttimeout \(text)\n").connectTimeout == limit)
    }

    @Test func `fast ciphers come first in ssh's own order, and nowhere else`() throws {
        let own =
            "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
            + "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
        let ours =
            "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
            + "aes128-ctr,aes192-ctr,aes256-ctr"
        #expect(try asked("ciphers \(own)\n").algorithms.cipher.joined(separator: ",") == ours)
        let chosen = ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com"]
        let text = "ciphers \(chosen.joined(separator: ","))\n"
        #expect(try asked(text).algorithms.cipher == chosen)
    }

    @Test func `a host is asked first for a key that is known`() {
        let algorithms = SSHOptions.Algorithms(
            keyExchange: [], hostKey: ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"],
            cipher: [], authentication: [], code: [])
        #expect(
            algorithms.hostKey(knownAs: ["ssh-rsa"])
                == ["rsa-sha2-512", "ssh-ed25519", "ecdsa-sha2-nistp256"])
        #expect(algorithms.hostKey(knownAs: []) == algorithms.hostKey)
    }
}
