/// What looks at a store as a whole, or changes it without a bundle. Each says `complete` at its end.
extension RemoteScripts {
    /// What is in the store and who uses it. `$2` is the digest of the bundle that the host should have,
    /// or nothing.
    ///
    /// A process uses a bundle where it has a file of it in memory: so a static program shows, natively
    /// and in an emulator.
    static let inventory =
        trust + presence + #"""
            room() { echo "free $(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')"; }
            if [ ! -d "$bundles" ]; then
                at=$bundles
                while [ ! -d "$at" ] && [ -n "$at" ]; do at=${at%/*}; done
                room "${at:-/}"
            else
                room "$bundles"
                { [ -f "$store/token" ] && read -r token <"$store/token" && echo "token $token"; } 2>/dev/null
                cd "$bundles" || exit 73
                du -sk ./* ./.[!.]* 2>/dev/null | sed -n 's|^\([0-9]*\)[^.]*\./|entry \1 |p'
                find . ! -name . -prune -mtime +0 | sed 's|^\./|day |'
                find . ! -name . -prune -mtime +6 | sed 's|^\./|week |'
                for kind in current previous; do
                    ls -l "$store/$kind" 2>/dev/null |
                        sed -n "s|.* \([^ ]*\) -> \.\./bundles/\([0-9a-f]*\)\$|$kind \1 \2|p"
                done
            fi
            if grep -q . /proc/self/maps 2>/dev/null; then
                echo "processes known"
                grep -F /bundles/ /proc/[0-9]*/maps 2>/dev/null |
                    sed -n 's|^/proc/\([0-9]*\)/.*/bundles/\([0-9a-f]\{64\}\)/.*|\1 \2|p' | sort -u |
                    while read -r process digest; do
                        while read -r word parent rest && [ "$word" != PPid: ]; do :; done \
                            <"/proc/$process/status" &&
                            echo "process $process $parent $digest"
                    done 2>/dev/null
            fi
            echo "complete yes"
            """#

    /// Reads every file of every bundle and compares it with the manifest, and the manifest with the
    /// bundle's name. What is damaged is marked, so that the next push replaces it; `-n` as `$3` marks
    /// nothing.
    static let verify =
        trust + #"""
            mode=$3
            for tool in sha256sum awk; do
                command -v $tool >/dev/null || { echo "tool $tool"; exit 64; }
            done
            check() {
                cd "$bundles/$1" && [ -f manifest ] || { echo manifest; return; }
                sums=$(sha256sum manifest)
                [ "${sums%% *}" = "$1" ] || { echo manifest; return; }
                sed -n 's|^\([0-9a-f]\{64\}\)  [0-9]* \(.*\)|\1  ./\2|p' manifest |
                    sha256sum -c 2>/dev/null | grep -v ': OK$' | sed 's|: FAILED.*||; s|^\./||'
                sed -n 's|^[0-9a-f]\{64\}  755 ||p' manifest |
                    while read -r file; do
                        [ ! -f "$file" ] || [ -x "$file" ] || echo "$file"
                    done
                find . ! -type d ! -type f | sed 's|^\./||'
                find . -type f | awk '
                    FNR == NR {
                        if (/^[0-9a-f]+  [0-9]+ /) { sub(/^[0-9a-f]+  [0-9]+ /, ""); known[$0] }
                        next
                    }
                    { sub(/^\.\//, "") }
                    $0 != "manifest" && !($0 in known)' manifest -
            }
            if [ -d "$bundles" ]; then
                settle_bundles
                for place in "$bundles"/*; do
                    found=${place##*/}
                    case $found in *[!0-9a-f]*) continue ;; esac
                    [ ${#found} -eq 64 ] || continue
                    faults=$(check "$found" | sort -u)
                    if [ -n "$faults" ]; then
                        echo "$faults" | sed "s/^/damaged $found /"
                        [ "$mode" = -n ] || : >"$bundles/.damaged-$found"
                    else
                        echo "whole $found"
                        [ "$mode" = -n ] || rm -f "$bundles/.damaged-$found"
                    fi
                done
            fi
            echo "complete yes"
            """#

    /// Removes entries of the store, whose names come as lines of the input, but for bundles that became
    /// current or previous meanwhile. `$3` makes the name unique under which each waits for its end.
    static let remove =
        trust + #"""
            push=$3
            [ -d "$bundles" ] || exit 0
            settle_bundles
            while read -r entry; do
                case $entry in '' | */* | . | ..) continue ;; esac
                if ls -l "$store/current" "$store/previous" 2>/dev/null |
                    grep -q -- " -> \.\./bundles/$entry\$"
                then
                    continue
                fi
                gone=$bundles/.incoming-$push.gone
                mv "$bundles/$entry" "$gone" && rm -rf "$gone" && echo "removed $entry"
            done
            echo "complete yes"
            """#

    /// Makes `current/$3` lead to bundle `$5`, and `previous/$3` to `$2`, where current leads to `$2`
    /// still. `$4` makes the temporary name unique.
    static let turn =
        trust + activation + #"""
            name=$3 goal=$5
            settle_bundles
            temporary=$bundles/.incoming-$goal-$4
            trap 'rm -rf "$temporary".*' EXIT
            settle "$store/current" "$store/previous"
            old=$(linked current)
            if [ "$old" = "$bundles/$digest" ] && [ -f "$bundles/$goal/manifest" ]; then
                point current "$goal"
                point previous "$digest"
                old=$bundles/$goal
            fi
            echo "leads ${old##*/}"
            echo "complete yes"
            """#
}
