import Diagnostics
import Foundation
import TestKit
import Testing

@testable import Transport

/// Real servers, reached by what the ssh client says of them.
@Suite struct SSHClientTests {
    private func connect(
        _ server: TestSSHServer, host: String? = nil, client: String = "ssh"
    ) throws -> any HostConnection {
        let destination = SSHDestination(
            host: host ?? server.alias, configuration: server.configuration)
        return try StandardConnector(client: client).connect(to: .ssh(destination), host: "pi1")
    }

    private func refusal(_ server: TestSSHServer, client: String = "ssh") -> Diagnostic? {
        #expect(throws: TransportError.self) { try connect(server, client: client) }?.diagnostic
    }

    /// The key of the server under another name, as a line of a known-hosts file.
    private func line(_ server: TestSSHServer, _ name: String) throws -> String {
        name + " " + (try server.knownHostsLine().split(separator: " ", maxSplits: 1)[1])
    }

    private func write(_ text: String, _ server: TestSSHServer, _ name: String) throws {
        try text.write(
            toFile: "\(server.directory)/\(name)", atomically: true, encoding: .utf8)
    }

    // MARK: The host's key

    @Test func `a key is known under its HostKeyAlias, without the port`() throws {
        let server = try TestSSHServer(clientSettings: "    HostKeyAlias Cluster-Pi")
        #expect(
            refusal(server)?.rendered == """
                error: host 'pi1': its key is not known
                  note: it shows ssh-ed25519 \(try server.fingerprint())
                  help: compare the fingerprint with the host's own, then: \
                ssh -F \(server.configuration) testhost true
                """)
        try write(line(server, "cluster-pi"), server, "known_hosts")
        try connect(server).close()
        try server.changeHostKey()
        let remedy = "ssh-keygen -f \(server.knownHosts) -R cluster-pi"
        #expect(refusal(server)?.remedy?.contains(remedy) == true)
    }

    @Test func `a key is found in the second file of UserKnownHostsFile`() throws {
        let server = try TestSSHServer(alias: "second")
        let first = "\(server.directory)/no such file"
        let settings = "UserKnownHostsFile \"\(first)\" \(server.directory)/kh-%n\n"
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try write(settings + text, server, "ssh_config")
        #expect(refusal(server)?.summary == "host 'pi1': its key is not known")
        try write(server.knownHostsLine(), server, "kh-second")
        try connect(server).close()
    }

    @Test func `the command against a changed key names the file that has it, and helps`() throws {
        let server = try TestSSHServer()
        let settings = "UserKnownHostsFile \(server.directory)/empty \(server.directory)/full\n"
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try write(settings + text, server, "ssh_config")
        try write("", server, "empty")
        try write(server.knownHostsLine(), server, "full")
        try connect(server).close()
        try server.changeHostKey()
        let command = try #require(refusal(server)?.remedy?.components(separatedBy: ": ").last)
        #expect(command.hasPrefix("ssh-keygen -f \(server.directory)/full -R "))
        try TestSSHServer.run(["sh", "-c", command])
        try connect(server).close()
    }

    @Test(arguments: ["ssh", "no-such-ssh"])
    func `a key that a line revokes is refused, whoever else knows it`(_ client: String) throws {
        let server = try TestSSHServer()
        let known = try server.knownHostsLine()
        try write(known + "@revoked " + line(server, "*"), server, "known_hosts")
        #expect(
            refusal(server, client: client)?.rendered == """
                error: host 'pi1': its key is revoked
                  note: it shows ssh-ed25519 \(try server.fingerprint())
                  note: '\(server.knownHosts)' revokes it
                  help: give the host another key, or ask who looks after it
                """)
    }

    @Test func `a key that RevokedHostKeys lists is refused, and so is a list that can't be read`()
        throws
    {
        let server = try TestSSHServer()
        let list = "\(server.directory)/revoked"
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try write("RevokedHostKeys \(list)\n" + text, server, "ssh_config")
        #expect(
            refusal(server)?.summary
                == "host 'pi1': the SSH configuration is not usable: 'RevokedHostKeys': '\(list)' "
                + "can't be read: no such file or directory")
        try write("# none\n", server, "revoked")
        try connect(server).close()
        let key = try String(contentsOfFile: "\(server.directory)/host.pub", encoding: .utf8)
        try write("# one\n\(key)", server, "revoked")
        #expect(refusal(server)?.summary == "host 'pi1': its key is revoked")
        try TestSSHServer.run(["ssh-keygen", "-q", "-k", "-f", list])
        #expect(
            refusal(server)?.summary
                == "host 'pi1': the SSH configuration is not usable: 'RevokedHostKeys \(list)' is a "
                + "list made by 'ssh-keygen -k', which is not read here; write the keys themselves, "
                + "one on each line")
    }

    @Test func `a configuration that asks for no check gets none`() throws {
        let server = try TestSSHServer(clientSettings: "    StrictHostKeyChecking no")
        try FileManager.default.removeItem(atPath: server.knownHosts)
        try connect(server).close()
        // Nothing is written here: what ssh would remember has to be known to ssh first.
        #expect(!FileManager.default.fileExists(atPath: server.knownHosts))
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try write("StrictHostKeyChecking accept-new\n" + text, server, "ssh_config")
        #expect(refusal(server)?.summary == "host 'pi1': its key is not known")
    }

    @Test(.enabled(if: TestNetwork.refusal == nil))
    func `with CheckHostIP the key of the address counts too`() throws {
        let network = try TestNetwork()
        let server = try TestSSHServer(
            clientSettings: "    CheckHostIP yes\n    HostKeyAlias pi", network: network)
        let other = try String(contentsOfFile: server.identity + ".pub", encoding: .utf8)
        let address = "[\(server.address)]:\(server.port)"
        try write(line(server, "pi"), server, "known_hosts")
        try connect(server).close()
        try write(line(server, "pi") + "\(address) \(other)", server, "known_hosts")
        #expect(refusal(server)?.summary == "host 'pi1': its key is not the one that is known")
    }

    /// Random files, aliases and ports: what is let in here is what ssh lets in.
    @Test(arguments: seedsOfThisRun(12))
    func `a host is trusted where ssh trusts it, and nowhere else`(_ seed: UInt64) throws {
        var random = SeededNumbers(seed)
        let server = try TestSSHServer(alias: "pi.lan")
        let names = [
            "[127.0.0.1]:\(server.port)", "127.0.0.1", "pi.lan", "*", "[127.0.0.1]:*", "alias",
            "!127.*,*", "localhost",
        ]
        let wrong = try String(contentsOfFile: server.identity + ".pub", encoding: .utf8)
        var settings = ["    IdentityAgent none"]
        if random.chance(0.3) {
            settings.append("    HostKeyAlias \(["alias", "Pi.LAN"][random.below(2)])")
        }
        if random.chance(0.2) { settings.append("    HostName localhost") }
        var files: [String] = []
        for index in 0..<random.within(1...3) {
            var text = ""
            for _ in 0..<random.within(0...4) {
                let name = names[random.below(names.count)]
                let marker = ["", "", "", "@revoked ", "@cert-authority "][random.below(5)]
                text += marker + (random.chance(0.7) ? try line(server, name) : "\(name) \(wrong)")
            }
            try write(text, server, "known %\(index)")
            files.append("\"\(server.directory)/known %%\(index)\"")
        }
        let system = files.count > 1 && random.chance(0.4)
        if system {
            // Tokens have no meaning there.
            settings.append(
                "    GlobalKnownHostsFile \"\(server.directory)/known %\(files.count - 1)\"")
            files.removeLast()
        }
        settings.append("    UserKnownHostsFile \(files.joined(separator: " "))")
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        try write(
            "Host pi.lan\n\(settings.joined(separator: "\n"))\n\(text)", server, "ssh_config")

        let flags = ["-F", server.configuration, "-o", "BatchMode=yes", "-T"]
        let theirs = try TestProcess.run(["ssh"] + flags + ["pi.lan", "true"])
        let ours = Result { try connect(server).close() }
        let isLetIn = if case .success = ours { true } else { false }
        #expect(
            isLetIn == (theirs.status == 0),
            "seed \(seed): \(ours), \(theirs.told), \(settings)")
    }

    // MARK: The connection

    @Test func `tokens and variables stand in IdentityFile`() throws {
        let server = try TestSSHServer(alias: "named")
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        let root = "${HOME}" + String(repeating: "/..", count: 16)
        let settings = "Host named\n    IdentityFile \"\(root)\(server.directory)/%n key\"\n"
        let ours = text.replacingOccurrences(of: "IdentityFile", with: "#")
        try write(settings + ours, server, "ssh_config")
        #expect(refusal(server)?.summary.contains("does not let user") == true)
        try FileManager.default.copyItem(
            atPath: server.identity, toPath: "\(server.directory)/named key")
        try connect(server).close()
    }

    @Test(arguments: [
        ("BindAddress 127.0.0.3", "127.0.0.3"), ("BindInterface lo", "127.0.0.1"),
        ("", "127.0.0.1"),
    ])
    func `the connection comes from where the configuration says`(
        _ settings: String, _ address: String
    ) throws {
        let server = try TestSSHServer(clientSettings: "    \(settings)")
        let connection = try connect(server)
        let seen = try connection.run(script: "echo \"$SSH_CONNECTION\"").outputText
        #expect(seen.hasPrefix("\(address) "))
        connection.close()
    }

    @Test(arguments: [
        ("BindAddress 192.0.2.1", "'BindAddress 192.0.2.1': cannot assign requested address"),
        ("BindInterface no-such-0", "'BindInterface no-such-0' has no such address"),
    ])
    func `where it can't come from there, there is no connection`(
        _ settings: String, _ reason: String
    ) throws {
        let server = try TestSSHServer(clientSettings: "    \(settings)")
        #expect(
            refusal(server)?.summary
                == "host 'pi1' is unreachable: \(reason) (127.0.0.1 port \(server.port))")
    }

    @Test func `a block that a command decides counts`() throws {
        let server = try TestSSHServer(alias: "decided")
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        let block = "Match exec \"test %n = decided\""
        try write(
            text.replacingOccurrences(of: "Host decided", with: block), server, "ssh_config")
        try connect(server).close()
        #expect(throws: TransportError.self) { try connect(server, client: "no-such-ssh") }
    }

    // MARK: What ssh refuses

    @Test func `what ssh does not understand is told in its words`() throws {
        let server = try TestSSHServer(clientSettings: "    NoSuchKeyword yes")
        let file = server.configuration
        #expect(
            refusal(server)?.rendered == """
                error: host 'pi1': ssh does not say how it is reached: \(file): line 2: \
                Bad configuration option: nosuchkeyword; \
                \(file): terminating, 1 bad configuration options
                  help: see it with: ssh -T -G -F \(file) -- testhost
                """)
    }

    @Test(arguments: [
        (
            "echo 'ssh: unknown option -- G' >&2; exit 255", "ssh: unknown option -- G"
        ),
        ("exit 1", "it fails without a word"),
        (
            "echo host x; exit 0",
            "its answer has no 'hostname', as that of OpenSSH 6.8 or later has"
        ),
        ("kill -9 $$", "it fails without a word"),
        ("exec yes", "it answers with more than 1048576 bytes"),
    ])
    func `a client that can't be asked is no reason to guess`(
        _ script: String, _ words: String
    ) throws {
        let place = try TemporaryDirectory("client")
        let client = try place.writeProgram("#!/bin/sh\n\(script)\n", to: "ssh")
        let error = #expect(throws: TransportError.self) {
            try StandardConnector(client: client)
                .connect(to: .ssh(SSHDestination(host: "x", user: "me", port: 7)), host: "pi1")
        }
        #expect(error?.exitCode == .configuration)
        #expect(
            error?.diagnostic.rendered == """
                error: host 'pi1': ssh does not say how it is reached: \(words)
                  help: see it with: \(client) -T -G -p 7 -l me -- x
                """)
    }

    @Test(arguments: ["-oProxyCommand=touch${IFS}x", "-G", "", "--"])
    func `a host's name is never an option of ssh`(_ name: String) {
        for client in ["ssh", "no-such-ssh"] {
            let error = #expect(throws: TransportError.self) {
                try StandardConnector(client: client)
                    .connect(to: .ssh(SSHDestination(host: name)), host: "pi1")
            }
            #expect(
                error?.diagnostic.summary
                    == "host 'pi1': the SSH configuration is not usable: '\(name)' is no host's "
                    + "name: it is empty, or begins with '-'")
        }
    }

    @Test func `a client that does not answer is given up in time, and ended`() throws {
        let place = try TemporaryDirectory("client")
        let client = try place.writeProgram(
            "#!/bin/sh\necho $$ >'\(place.path)/number'\nsleep 300\n", to: "ssh")
        let question = SSHQuestion(
            client: client, destination: SSHDestination(host: "x"), host: "pi1",
            answerMax: .seconds(2))
        let error = #expect(throws: TransportError.self) { try question.ask(unless: .never) }
        #expect(
            error?.diagnostic.summary
                == "host 'pi1' is unreachable: '\(client) -T -G -- x' did not answer in time")
        let number = try? String(contentsOfFile: "\(place.path)/number", encoding: .utf8)
        if let process = number.flatMap({ pid_t($0.trimmingCharacters(in: .newlines)) }) {
            #expect(kill(process, 0) != 0)
        }
    }

    @Test func `a key of a kind that the library does not know keeps no other from being tried`()
        throws
    {
        let server = try TestSSHServer()
        let text = try String(contentsOfFile: server.configuration, encoding: .utf8)
        let strange = "\(server.directory)/strange"
        try write("IdentityFile \(strange)\n" + text, server, "ssh_config")
        try write("ssh-xmss@openssh.com AAAA strange\n", server, "strange.pub")
        try write("none\n", server, "strange")
        try connect(server).close()
    }

    @Test func `a cancelled connection does not wait for the client`() throws {
        let place = try TemporaryDirectory("client")
        let client = try place.writeProgram(
            "#!/bin/sh\n: >'\(place.path)/asked'\nsleep 300\n", to: "ssh")
        let cancellation = Cancellation()
        Thread.detachNewThread {
            while !FileManager.default.fileExists(atPath: "\(place.path)/asked") {
                poll([], for: .milliseconds(2))
            }
            cancellation.cancel()
        }
        #expect(throws: TransportError.cancelled(host: "pi1")) {
            try StandardConnector(client: client).connect(
                to: .ssh(SSHDestination(host: "x")), host: "pi1", cancellation: cancellation)
        }
    }
}
