#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs what is missing, builds the plugin, installs it, proves that tshark loads it, and shows what it finds in a
# capture.
#
#   sh plugin/quickstart.sh                 the sample capture
#   sh plugin/quickstart.sh CAPTURE         one of your own
#   sudo sh plugin/quickstart.sh            for every user of this machine
#
# As root the plugin goes into Wireshark's own plugin folder, otherwise into the one in your home directory. Missing
# Debian packages (plugin/packages.txt) are installed by apt-get, through sudo unless you are root.
#
# Environment: SCEP_BUILD_DIR  folder to build in (default: build in the tree)

set -u
TREE=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$TREE/plugin/common.sh"

sample=$TREE/captures/ndes-refused.pcapng
capture=${1:-$sample}
[ $# -le 1 ] || die "one capture at a time"
[ -r "$capture" ] || die "cannot read $capture"

# tshark_quietly ARGUMENT...: without its remark about being run by root, which is how this script may be run.
tshark_quietly() {
    tshark "$@" 2>"$scratch/stderr"
    tshark_status=$?
    grep -v '^Running as user "root"' "$scratch/stderr" >&2
    return $tshark_status
}

# show_messages: a line per frame with SCEP in it.
show_messages() {
    tshark_quietly -n -2 -r "$capture" -Y scep \
        -o 'gui.column.format:"No.","%m","Time","%t","Source","%s","Destination","%d","Protocol","%p","Info","%i"'
}

# show_hints: what went wrong, what to check and in which log; the units of ASCII 1E and 1F separate fields and values.
show_hints() {
    tshark_quietly -n -2 -r "$capture" -Y scep.hint.id -T fields -E separator="$(printf '\036')" -E occurrence=a \
        -E aggregator="$(printf '\037')" -e frame.number -e scep.hint.severity -e scep.hint.id -e scep.hint.text \
        -e scep.hint.check -e scep.hint.log >"$scratch/hints" || return 1
    awk -F '\036' '
        BEGIN { word[1] = "note"; word[2] = "warning"; word[3] = "error" }
        {
            split($2, severity, "\037"); split($4, text, "\037"); split($5, check, "\037"); split($6, log_name, "\037")
            for (i = 1; i <= split($3, id, "\037"); i++) {
                printf "\nFrame %s, %s: %s\n  %s\n", $1, word[severity[i] + 0], id[i], text[i]
                if (check[i] != "") printf "  Check next: %s\n", check[i]
                if (log_name[i] != "") printf "  Log: %s\n", log_name[i]
            }
        }
        END { if (NR == 0) print "\nNothing that needs a hint." }' "$scratch/hints"
}

if command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2046 # a list of names
    install_packages $(package_list "$TREE/plugin/packages.txt")
fi
for tool in tshark cmake pkg-config cc; do
    command -v $tool >/dev/null || die "$tool is missing; plugin/packages.txt lists what is needed"
done

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

if [ "$(id -u)" -eq 0 ]; then personal=OFF; else personal=ON; fi
builds=${SCEP_BUILD_DIR:-$TREE/build}
if ! can_build_in "$builds"; then
    [ -z "${SCEP_BUILD_DIR:-}" ] || die "cannot write to $builds"
    builds=$scratch/build
fi

say "building for Wireshark $(wireshark_version) in $builds"
configure "$builds" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSCEP_INSTALL_PERSONAL=$personal -DSCEP_PLUGIN_DIR= \
    -DSCEP_SANITIZE= -DSCEP_WERROR=OFF -DSCEP_BUILD_TESTS=OFF -DSCEP_BUILD_FUZZERS=OFF || die "could not configure"
build "$builds" scep || die "could not build"
cmake --install "$builds" >"$scratch/install" 2>&1 || { cat "$scratch/install"; die "could not install"; }
installed=$(sed -n 's/^-- [^:]*: \(.*\/scep\.so\)$/\1/p' "$scratch/install")
say "installed $installed"

loaded=$(tshark_quietly -G plugins | awk -F '\t' '$1 ~ /^scep\.so *$/ { print $4 }')
[ -n "$loaded" ] || die "tshark -G plugins does not name the plugin"
cmp -s "$loaded" "$installed" || die "tshark loads another copy, $loaded: please remove one of the two"
say "tshark loads it: $(tshark_quietly -G plugins | grep '^scep\.so')"

say
say "SCEP messages in $capture:"
show_messages || die "tshark could not read $capture"
show_hints || die "tshark could not read $capture"
say
say "The same in Wireshark: open the capture and filter by \"scep\"; or: tshark -r CAPTURE -Y scep -V"
