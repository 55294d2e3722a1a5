/// What runs on hosts: POSIX shell, nothing installed beforehand. Each answers in lines `word
/// value`.
package enum RemoteScripts {
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
    private static let paths = #"""
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

        """#

    /// `settle` leads to what really is behind the path of the first of its directories, so that no
    /// link on the way can be turned elsewhere later, and ends the script where somebody else could
    /// change one of the directories or those above: its owner is neither this user nor root (nor whoever
    /// has `/`, in a user namespace), or others may write to it. Sticky directories keep what this user
    /// has in them; a group without other members is this user.
    static let trust =
        paths + #"""
            me=$(id -u) own=none
            case $(grep "^$(id -un):[^:]*:$(id -g):" /etc/group 2>/dev/null) in
                (*:) own=$(id -g) ;;
            esac
            untrusted() { echo "untrusted $1"; exit 77; }
            settle() {
                settled=
                for directory; do
                    shift
                    at=$(cd "$directory" && pwd -P) || exit 73
                    settled=${settled:-$at}
                    while set -- "$@" "$at" && [ "$at" != / ]; do at=${at%/*}; at=${at:-/}; done
                done
                list=$(ls -ldn "$@") || exit 73
                fault=$(
                    top=0
                    printf '%s\n' "$list" |
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
            linked() { (cd "$store/$1/$name" 2>/dev/null && pwd -P); }

            """#

    /// Whether the bundle is there, this user's or root's, unchanged in what a start executes, and
    /// with all of its files. Sets `present`.
    static let presence = #"""
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
        if [ -n "$digest" ] && { [ -e "$final" ] || [ -h "$final" ]; }; then
            strange=$(find "$final" \( ! -user "$me" ! -user 0 -o ! -type d ! -type f \
                -o -perm -020 -o -perm -002 \) -print) || exit 73
            if [ -n "$strange" ]; then
                list=$(ls -ldn "${strange%%
        *}") || exit 73
                read -r mode links owner rest <<END
        $list
        END
                case $owner in "$me" | 0) owner=others ;; esac
                untrusted "$owner $final"
            fi
            present=damaged
            if [ ! -e "$bundles/.damaged-$digest" ] && (whole); then present=yes; fi
        fi
        echo "present $present"

        """#

    /// `activate` makes `current/NAME` of the store lead to the bundle, so that its programs have a path
    /// that stays, and `previous/NAME` to the bundle that it led to. `point` does each by one rename: in
    /// a directory a link replaces a link, wherever that one leads. Where that fails, the bundle can be
    /// executed all the same: `unactivated` says with which status.
    static let activation = #"""
        point() {
            mkdir "$temporary.link" && ln -s "../bundles/$2" "$temporary.link/$name" &&
                mv -f "$temporary.link/$name" "$store/$1/" && rmdir "$temporary.link" || exit 73
        }
        target() { sed -n '/^target /{s/^target //p;q;}' "$1/manifest"; }
        activate() {
            [ -d "$store/current" ] && [ -d "$store/previous" ] ||
                mkdir -p "$store/current" "$store/previous" || exit 73
            settle "$store/current" "$store/previous"
            old=$(linked current)
            if [ "$old" != "$final" ]; then
                case $old in
                    "$bundles"/*)
                        was=$(target "$old")
                        [ "$was" = "$(target "$final")" ] || echo "displaced $was"
                        point previous "${old##*/}" ;;
                esac
                point current "$digest"
            fi
            echo "current $store/current/$name"
        }

        """#

    /// Says whether the bundle is there, and what the processor can do. `$3` is the link's name or nothing:
    /// where the bundle is there and this user may write to the store, it is activated. `$4` names this
    /// push. The token tells stores apart that are one, on a file system that hosts share: `ln` makes it
    /// once.
    static let look =
        trust + processor + #"""
            name=$3 push=$4
            temporary=$bundles/.incoming-$digest-$push
            mkdir -p "$bundles" 2>/dev/null

            """# + presence + activation + #"""
            echo "slave $final/slave"
            if [ -d "$bundles" ]; then
                if [ ! -f "$store/token" ] && [ -w "$store" ]; then
                    echo "$push" >"$store/.token-$push" && ln "$store/.token-$push" "$store/token"
                    rm -f "$store/.token-$push"
                fi 2>/dev/null
                { [ -f "$store/token" ] && read -r token <"$store/token" && echo "token $token"; } 2>/dev/null
            fi
            if [ $present = yes ] && [ -n "$name" ]; then
                if [ -w "$bundles" ]; then (activate) || echo "unactivated $?"
                elif [ "$(linked current)" = "$final" ]; then echo "current $store/current/$name"
                fi
            fi
            exit 0
            """#

    /// Unpacks the archive from the input beside its place, and has the slave in it check and
    /// publish it. `$3` is the link's name or nothing, `$4` makes the temporary name unique also where
    /// hosts share a store; `$5` is `damaged` where a bundle that is to be replaced is in its place; the
    /// rest is the emulator's command.
    ///
    /// When the connection breaks, the input ends, tar fails, and the trap cleans up. Status: 0
    /// done, 64 a tool is missing, 65 verification failed, 73 not writable, 74 unpacking failed,
    /// 75 hung up, 77 others could change the store, else what the slave's start came to.
    static let install =
        trust + activation + #"""
            name=$3 token=$4 present=$5
            shift 5
            failed() {
                echo "available $(df -Pk "$bundles" 2>/dev/null | awk 'NR == 2 { print $4 }')"
                exit "$1"
            }
            mkdir -p "$bundles" || failed 73
            settle_bundles
            echo "slave $final/slave"
            temporary=$bundles/.incoming-$digest-$token
            trap 'status=$?; rm -rf "$temporary" "$temporary".*; exit $status' EXIT
            trap 'exit 75' HUP INT TERM PIPE
            for tool in gzip tar; do
                command -v $tool >/dev/null || { echo "tool $tool"; exit 64; }
            done
            mkdir "$temporary" || failed 73
            { gzip -dc || : >"$temporary.cut"; } | (cd "$temporary" && tar -xf -)
            if [ $? -ne 0 ] || [ -e "$temporary.cut" ] || [ ! -f "$temporary/slave" ]; then
                failed 74
            fi
            echo "unpacked yes"
            if [ "$present" = damaged ]; then mv "$final" "$temporary.old"; fi
            "$@" "$temporary/slave" --install "$temporary" "$final" || failed $?
            if [ "$present" = damaged ]; then rm -f "$bundles/.damaged-$digest"; fi
            # What a machine that lost power left: nobody else may clean it up.
            find "$bundles/." ! -name . -prune -name '.incoming-*' -mtime +0 -exec rm -rf {} +
            if [ -n "$name" ]; then (activate) || echo "unactivated $?"; fi
            exit 0
            """#
}
