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

    /// `$1` the store or nothing, `$2` the bundle's digest. Sets `bundles` and `final`, and says where
    /// the store is.
    private static let paths = """
        LC_ALL=C; export LC_ALL
        unset CDPATH
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

    /// `settle` leads to what really is behind a directory's path, so that no link on the way can be
    /// turned elsewhere later, and ends the script where somebody else could change a directory on
    /// that way: its owner is neither this user nor root (nor whoever has `/`, in a user namespace),
    /// or others may write to it. Sticky directories keep what this user has in them; a group without
    /// other members is this user.
    private static let trust =
        paths + """
            me=$(id -u) own=none
            case $(grep "^$(id -un):[^:]*:$(id -g):" /etc/group 2>/dev/null) in
                (*:) own=$(id -g) ;;
            esac
            untrusted() { echo "untrusted $1"; exit 77; }
            settle() {
                settled=$(cd "$1" && pwd -P) || exit 73
                at=$settled
                set --
                while set -- "$at" "$@" && [ "$at" != / ]; do at=${at%/*}; at=${at:-/}; done
                list=$(ls -ldn "$@") || exit 73
                fault=$(
                    top=0
                    printf '%s\\n' "$list" |
                    while read -r mode links owner group size month day time name; do
                        [ "$name" = / ] && top=$owner
                        case $owner in
                            ("$me" | 0 | "$top") ;;
                            (*) echo "$owner $name"; break ;;
                        esac
                        case $mode in
                            (?????????[tT]*) ;;
                            (????????w*) echo "others $name"; break ;;
                            (?????w*) [ "$group" = "$own" ] || { echo "others $name"; break; } ;;
                        esac
                    done
                )
                [ -z "$fault" ] || untrusted "$fault"
            }
            settle_bundles() {
                settle "$bundles"
                bundles=$settled
                final=$bundles/$digest
            }

            """

    /// Whether the bundle is there, this user's or root's, unchanged in what a start executes, and
    /// with all of its files.
    /// It also says what the processor can do.
    static let look =
        trust + processor + """
            whole() {
                cd "$final" && [ -f manifest ] && [ -f slave ] || return 1
                while read -r sum mode name; do
                    case $mode in 644 | 755) [ -f "$name" ] || return 1 ;; esac
                done <manifest
                command -v sha256sum >/dev/null || return 0
                sums=$(sha256sum manifest slave) || return 1
                slave=${sums##*
            }
                [ "${sums%%  *}" = "$digest" ] && grep -q "^${slave%%  *}  755 slave$" manifest
            }
            present=no
            if [ -d "$bundles" ]; then settle_bundles; fi
            if [ -e "$final" ] || [ -h "$final" ]; then
                strange=$(find "$final" \\( ! -user "$me" ! -user 0 -o ! -type d ! -type f \\
                    -o -perm -020 -o -perm -002 \\) -print) || exit 73
                if [ -n "$strange" ]; then
                    list=$(ls -ldn "${strange%%
            *}") || exit 73
                    read -r mode links owner rest <<END
            $list
            END
                    case $owner in "$me" | 0) owner=others ;; esac
                    untrusted "$owner $final"
                fi
                if whole; then present=yes; else present=damaged; fi
            fi
            echo "slave $final/slave"
            echo "present $present"
            """

    /// Makes `current/$3` of the store lead to the bundle, so that its programs have a path that stays.
    static let activate =
        trust + """
            mkdir -p "$store/current" || exit 73
            settle "$store/current"
            ln -sfn "../bundles/$digest" "$store/current/$3" || exit 73
            echo "current $store/current/$3"
            """

    /// Unpacks the archive from the input beside its place, and has the slave in it check and
    /// publish it. `$3` makes the temporary name unique also where hosts share a store; `$4` is `damaged`
    /// where a bundle that is to be replaced is in its place; the rest is the emulator's command.
    ///
    /// When the connection breaks, the input ends, tar fails, and the trap cleans up. Status: 0
    /// done, 64 a tool is missing, 65 verification failed, 73 not writable, 74 unpacking failed,
    /// 75 hung up, 77 others could change the store, else what the slave's start came to.
    static let install =
        trust + """
            token=$3 present=$4
            shift 4
            mkdir -p "$bundles" || exit 73
            settle_bundles
            echo "slave $final/slave"
            temporary=$bundles/.incoming-$digest-$token
            trap 'status=$?; rm -rf "$temporary" "$temporary.cut" "$temporary.old"; exit $status' EXIT
            trap 'exit 75' HUP INT TERM PIPE
            for tool in gzip tar; do
                command -v $tool >/dev/null || { echo "tool $tool"; exit 64; }
            done
            mkdir "$temporary" || exit 73
            { gzip -dc || : >"$temporary.cut"; } | (cd "$temporary" && tar -xf -)
            if [ $? -ne 0 ] || [ -e "$temporary.cut" ] || [ ! -f "$temporary/slave" ]; then
                echo "available $(df -Pk "$bundles" 2>/dev/null | awk 'NR == 2 { print $4 }')"
                exit 74
            fi
            echo "unpacked yes"
            if [ "$present" = damaged ]; then mv "$final" "$temporary.old"; fi
            "$@" "$temporary/slave" --install "$temporary" "$final" || exit
            # What a machine that lost power left: nobody else may clean it up.
            find "$bundles/." ! -name . -prune -name '.incoming-*' -mtime +1 -exec rm -rf {} +
            exit 0
            """
}
