/// What runs on hosts: POSIX shell, nothing installed beforehand. Each answers in lines `word
/// value`.
enum RemoteScripts {
    /// busybox lacks getconf, other systems lack /proc: each fact is asked for in several ways.
    static let probe = """
        LC_ALL=C; export LC_ALL
        echo "system $(uname -s)"
        echo "machine $(uname -m)"
        pair() { printf '\\001\\002'; }
        order=$(pair | od -An -tx2 2>/dev/null) || order=$(pair | od -An -x 2>/dev/null)
        echo "order $(echo "$order" | tr -d ' \\t')"
        echo "bits $(getconf LONG_BIT 2>/dev/null)"
        echo "class $(od -An -tu1 -j4 -N1 /proc/self/exe 2>/dev/null | tr -d ' \\t')"
        echo "cores $(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null ||
            grep -c '^processor' /proc/cpuinfo 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null)"
        memory=$(sed -n 's/^MemTotal:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/meminfo 2>/dev/null)
        if [ -z "$memory" ]; then
            pages=$(getconf _PHYS_PAGES 2>/dev/null) && size=$(getconf PAGE_SIZE 2>/dev/null) &&
                memory=$((pages * (size / 1024)))
        fi
        echo "kilobytes $memory"

        """ + processor

    /// What the processor can do, in Linux's words, of which there are different ones for each kind.
    private static let processor = """
        for key in flags Features features isa; do
            sed -n "/^$key[[:space:]]*:/{s/^[^:]*:/processor-$key/p;q;}" /proc/cpuinfo 2>/dev/null
        done

        """

    /// `$1` the store or nothing, `$2` the bundle's digest. Sets `final`, and says where the store
    /// is.
    private static let paths = """
        LC_ALL=C; export LC_ALL
        umask 022
        store=$1 digest=$2
        if [ -z "$store" ]; then
            if [ -z "${HOME-}" ]; then echo "HOME is not set" >&2; exit 73; fi
            store=$HOME/.cache/marionette
        fi
        case $store in '~/'*) store=$HOME/${store#??} ;; esac
        bundles=$store/bundles
        final=$bundles/$digest
        echo "store $store"
        echo "machine $(uname -m)"

        """

    /// Whether the bundle is there, and whether the processor can execute it.
    static let look =
        paths + processor + """
            echo "slave $final/slave"
            if [ -f "$final/manifest" ]; then echo "present yes"; else echo "present no"; fi
            """

    /// Makes `current/$3` of the store lead to the bundle, so that its programs have a path that stays.
    static let activate =
        paths + """
            mkdir -p "$store/current" && ln -sfn "../bundles/$digest" "$store/current/$3" || exit 73
            echo "current $store/current/$3"
            """

    /// Unpacks the archive from the input beside its place, and has the slave in it check and
    /// publish it. `$3` makes the temporary name unique also where hosts share a store; the rest is
    /// the emulator's command.
    ///
    /// When the connection breaks, the input ends, tar fails, and the trap cleans up. Status: 0
    /// done, 64 a tool is missing, 65 verification failed, 73 not writable, 74 unpacking failed,
    /// else what the slave's start came to.
    static let install =
        paths + """
            temporary=$bundles/.incoming-$digest-$3
            shift 3
            trap 'status=$?; rm -rf "$temporary" "$temporary.cut"; exit $status' EXIT
            trap 'exit 75' HUP INT TERM PIPE
            for tool in gzip tar; do
                command -v $tool >/dev/null || { echo "tool $tool"; exit 64; }
            done
            mkdir -p "$bundles" && mkdir "$temporary" || exit 73
            { gzip -dc || : >"$temporary.cut"; } | (cd "$temporary" && tar -xf -)
            if [ $? -ne 0 ] || [ -e "$temporary.cut" ] || [ ! -f "$temporary/slave" ]; then
                echo "available $(df -Pk "$bundles" 2>/dev/null | awk 'NR == 2 { print $4 }')"
                exit 74
            fi
            echo "unpacked yes"
            "$@" "$temporary/slave" --install "$temporary" "$final" || exit
            # What a machine that lost power left: nobody else may clean it up.
            find "$bundles/." ! -name . -prune -name '.incoming-*' -mtime +1 -exec rm -rf {} +
            exit 0
            """
}
