# Keys, the clients' ssh_config, each host's sshd_config. Uses: dir, hosts.bash.
# shellcheck shell=bash disable=SC2154

login=marionette

write_configuration() {
    free_port >"$dir/port"
    rm -f "$dir/identity" "$dir/identity.pub"
    ssh-keygen -q -t ed25519 -N '' -C 'marionette test cluster' -f "$dir/identity"
    : >"$dir/known_hosts"
    : >"$dir/ssh_config"
    local name
    for name in "${host_names[@]}"; do
        mkdir -p "$dir/hosts/$name"
        if [[ $(starting_mode) == emulated ]]; then
            write_namespaced "$name"
        else
            write_plain "$name"
        fi
        write_client "$name"
    done
}

# A port that is free on all addresses, the same in each run for the same directory.
free_port() {
    local port try name taken
    port=$((20000 + $(cksum <<<"$dir" | cut -d' ' -f1) % 10000))
    for try in {1..100}; do
        taken=no
        for name in "${host_names[@]}"; do
            if (exec 3<>"/dev/tcp/${host_address[$name]}/$port") 2>/dev/null; then taken=yes; fi
        done
        [[ $taken == yes ]] || { echo "$port"; return; }
        port=$((port + try))
    done
    fail "no free port found, the last one tried was $port"
}

write_client() {
    local user=$login
    [[ $(starting_mode) == emulated ]] || user=$(id -un)
    cat >>"$dir/ssh_config" <<TEXT
Host $1
    HostName ${host_address[$1]}
    Port $(cat "$dir/port")
    User $user
    IdentityFile "$dir/identity"
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile "$dir/known_hosts"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    ConnectTimeout 300
TEXT
    echo "[${host_address[$1]}]:$(cat "$dir/port") $(host_key "$1")" >>"$dir/known_hosts"
}

host_key() { cut -d' ' -f1,2 "$(key_file "$1").pub"; }

key_file() {
    if [[ $(starting_mode) == emulated ]]; then
        echo "$dir/hosts/$1/root/etc/ssh/host_key"
    else
        echo "$dir/hosts/$1/host_key"
    fi
}

# The files of a host that sees its own root, as a user of its own.
write_namespaced() {
    local root=$dir/hosts/$1/root
    mkdir -p "$root"/{.machine,dev,etc/ssh,home/$login,proc,run/sshd,sys,tmp,usr,var/tmp}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    printf '%s\n' "root:x:0:0:root:/:/bin/sh" \
        "$login:x:1000:1000:$login:/home/$login:/bin/sh" >"$root/etc/passwd"
    printf '%s\n' "root:x:0:" "$login:x:1000:" >"$root/etc/group"
    printf '%s\n' "127.0.0.1 localhost" "${host_address[$1]} $1" >"$root/etc/hosts"
    cp "$dir/identity.pub" "$root/etc/ssh/authorized_keys"
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$root/etc/ssh/host_key"
    {
        write_sshd "$1" /etc/ssh
        [[ -z ${host_cpu[$1]:-} ]] || echo "SetEnv QEMU_CPU=${host_cpu[$1]}"
    } >"$root/etc/ssh/sshd_config"
}

# The files of a host that is this machine, as the user who calls; with a home of its own.
write_plain() {
    local host=$dir/hosts/$1
    mkdir -p "$host/home" "$host/tmp"
    cp "$dir/identity.pub" "$host/authorized_keys"
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$host/host_key"
    {
        write_sshd "$1" "$host"
        # The variables also mark the sessions, which outlive their sshd, as this host's.
        echo "SetEnv HOME=\"$host/home\" TMPDIR=\"$host/tmp\" \"$(mark "$1")\""
    } >"$host/sshd_config"
}

write_sshd() {
    cat <<TEXT
ListenAddress ${host_address[$1]}:$(cat "$dir/port")
HostKey "$2/host_key"
AuthorizedKeysFile "$2/authorized_keys"
PidFile none
UsePAM no
UseDNS no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
MaxStartups 200:30:400
MaxSessions 64
Subsystem sftp internal-sftp
TEXT
}
