#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the plugin costs where there is no SCEP: instructions that tshark needs with the plugin loaded, divided by those
# without, counted by valgrind. Start-up is that of an empty capture, and is taken off for the other rows.
#
#   sh tests/bench/overhead.sh                 builds the plugin, measures, fails if a ratio is over its budget
#   sh tests/bench/overhead.sh SCEP_SO         measures this build of the plugin
#
# Environment: SCEP_BENCH_EXCHANGES  HTTP exchanges in the plain capture (default: 2000)
#              SCEP_BENCH_ROUNDS     rounds of mixed traffic (default: 200)
#              SCEP_BENCH_HTTP, SCEP_BENCH_MIXED, SCEP_BENCH_STARTUP  budgets (default: 1.01, 1.005, 1.02)
#              SCEP_BUILD_DIR        folder for the build (default: build-tests in the tree)

set -u
TREE=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
. "$TREE/tests/lib.sh"
. "$TREE/tests/bench/stage.sh"

python3=/usr/bin/python3
# make_captures: empty, http and mixed.
make_captures() {
    $python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
from support.pcap import Pcap
Pcap().write(sys.argv[2])' \
        "$TREE/tests" "$files/empty.pcap" &&
        $python3 -B "$TREE/tests/bench/make_http.py" "$files/http.pcap" "${SCEP_BENCH_EXCHANGES:-2000}" &&
        $python3 -B "$TREE/tests/bench/make_mixed.py" "$files/mixed.pcap" "${SCEP_BENCH_ROUNDS:-200}" &&
        chmod a+r "$files"/*.pcap
}
make_captures || die "cannot make the captures"

# instructions FOLDER CAPTURE ARGUMENT...: of one run, with the plugins in stage/FOLDER.
instructions() {
    folder=$1
    read_what=$2
    shift 2
    plainly "$scratch/stage" WIRESHARK_PLUGIN_DIR="$scratch/stage/$folder" \
        valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null \
        tshark -n -r "$files/$read_what.pcap" "$@" 2>"$scratch/valgrind" >/dev/null ||
        { cat "$scratch/valgrind" >&2; return 1; }
    sed -n 's/.*I *refs: *//p' "$scratch/valgrind" | tr -d ,
}

# start_up FOLDER: the lowest of three, since it has a little chance in it.
start_up() {
    for _ in 1 2 3; do
        instructions "$1" empty
    done | sort -n | sed 1q
}

plainly "$scratch/stage" tshark -G plugins 2>/dev/null | grep -q '^scep\.so' || die "tshark does not load the plugin"
worst=0

# row WHAT BUDGET WITH WITHOUT: prints one ratio.
row() {
    awk -v what="$1" -v budget="$2" -v with="$3" -v without="$4" 'BEGIN {
        if (without <= 0) { printf "%-24s could not be measured\n", what; exit 1 }
        ratio = with / without
        printf "%-24s %8.4f  budget %-6s %12.0f with, %12.0f without%s\n", what, ratio, budget, with, without,
               (ratio > budget ? "   OVER" : "")
        exit (ratio > budget)
    }' || worst=1
}

start_with=$(start_up plugins)
start_without=$(start_up none)
row "start-up" "${SCEP_BENCH_STARTUP:-1.02}" "$start_with" "$start_without"

for traffic in http mixed; do
    if [ $traffic = http ]; then budget=${SCEP_BENCH_HTTP:-1.01}; else budget=${SCEP_BENCH_MIXED:-1.005}; fi
    for tree in "" -V; do
        # shellcheck disable=SC2086 # none or one
        with=$(instructions plugins $traffic $tree) || die "valgrind did not finish"
        # shellcheck disable=SC2086 # none or one
        without=$(instructions none $traffic $tree) || die "valgrind did not finish"
        row "$traffic${tree:+ with }$tree" "$budget" $((with - start_with)) $((without - start_without))
    done
done
exit $worst
