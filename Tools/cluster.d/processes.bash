# Starting, finding and ending the hosts' processes. Uses: tools, dir, hosts.bash.
# shellcheck shell=bash disable=SC2154

# A host is found by a variable in the environment of its processes, not by remembered process ids:
# those of a crashed 'up' are unknown, and an id may be another's by now.
mark() { echo "MARIONETTE_CLUSTER=$dir/hosts/$1"; }

# The processes outside of namespaces that belong to a host, and their descendants.
processes_of() {
    local file pid
    while IFS= read -r file; do
        pid=${file#/proc/}
        with_descendants "${pid%/environ}"
    done < <(grep --null-data --line-regexp --fixed-strings --files-with-matches --no-messages \
        -- "$(mark "$1")" /proc/[0-9]*/environ)
}

with_descendants() {
    local child children
    echo "$1"
    read -r -a children <<<"$(cat "/proc/$1/task/"*/children 2>/dev/null | tr '\n' ' ')"
    for child in "${children[@]}"; do with_descendants "$child"; done
}

# What runs on the hosts besides what makes them hosts.
processes() {
    local name pid program
    for name in "${host_names[@]}"; do
        for pid in $(processes_of "$name"); do
            program=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
            [[ $program != @(sshd|sshd-session|unshare|plain-host) ]] || continue
            [[ $(awk '$1 == "State:" { print $2 }' "/proc/$pid/status") != Z ]] || continue
            echo "$name $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
        done
    done
}

runs() {
    [[ -n $(processes_of "$1") ]] && answers "$1"
}

answers() {
    (exec 3<>"/dev/tcp/${host_address[$1]}/$(cat "$dir/port")") 2>/dev/null
}

# As if its power failed: nothing of the host is told.
stop_host() {
    local pids round
    for round in {1..3000}; do
        pids=$(processes_of "$1")
        [[ -n $pids ]] || return 0
        # One that ended meanwhile is no error.
        # shellcheck disable=SC2086
        kill -KILL $pids 2>/dev/null || true
        sleep 0.02
    done
    fail "host '$1' does not end: processes $pids (after $round rounds)"
}

stop_all() {
    local name
    for name in "${host_names[@]}"; do stop_host "$name"; done
}

# The first process of each host that this command started. The mark is not found before 'env' has run.
declare -A launched=()

start_host() {
    local name=$1 launch
    stop_host "$name"
    if [[ $(starting_mode) == emulated ]]; then
        local binfmt='' busybox=''
        if [[ -n ${host_qemu[$name]:-} ]]; then
            binfmt=$(registration "$name")
            busybox=$(cat "$dir/busybox-$name")
        fi
        launch=(unshare --user --map-root-user --mount --uts --pid --fork --kill-child
            "$tools/cluster.d/namespaced-host" "$dir/hosts/$name" "$name" "$binfmt" "$busybox")
    else
        launch=("$tools/cluster.d/plain-host" "$dir/hosts/$name")
    fi
    # The lock (9) must not live as long as the host.
    env "$(mark "$name")" setsid "${launch[@]}" \
        </dev/null >>"$dir/hosts/$name/log" 2>&1 9>&- &
    launched[$name]=$!
    # Its end, later, is no news for this shell to print.
    disown
}

# Waits until each host runs a command over SSH and answers with its machine's name.
await_hosts() {
    local name jobs=() job status=0
    for name in "$@"; do
        await_host "$name" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job" || status=1; done
    return $status
}

await_host() {
    local answer='' deadline=$((SECONDS + 300))
    while [[ $SECONDS -lt $deadline && -d $dir/hosts/$1 ]]; do
        if answers "$1"; then
            answer=$(ssh -F "$dir/ssh_config" "$1" uname -m 2>&1 </dev/null) || true
            [[ $answer != "$(machine "$1")" ]] || return 0
        fi
        kill -0 "${launched[$1]}" 2>/dev/null || break
        sleep 0.05
    done
    # Another 'down', or an interrupted 'up', took it away meanwhile.
    [[ -f $dir/hosts/$1/log ]] || return 1
    echo "cluster: host '$1' does not answer: ${answer:-nothing listens}; its log:" >&2
    tail -n 20 "$dir/hosts/$1/log" >&2
    return 1
}

# What uname -m answers there.
machine() {
    if [[ $(starting_mode) == plain ]]; then uname -m; else echo "${host_machine[$1]}"; fi
}
