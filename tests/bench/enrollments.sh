#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the plugin costs for each enrollment: the memory that tshark needs beyond what it needs without the plugin,
# counted by valgrind's massif, and whether the instructions grow as the number of enrollments does. Both come from two
# captures, a small and a large one, so that what is needed once drops out.
#
#   sh tests/bench/enrollments.sh              builds the plugin, measures, fails if a ratio is over its budget
#   sh tests/bench/enrollments.sh SCEP_SO      measures this build of the plugin
#
# Environment: SCEP_BENCH_FEW, SCEP_BENCH_MANY  enrollments in the two captures (default: 500, 2500); with too few,
#                             the highest point is start-up
#              SCEP_BENCH_BYTES      budget of memory per enrollment, in bytes, without the allocator's own
#                             (default: 1536)
#              SCEP_BENCH_MEMORY     budget of memory, as a ratio to those bytes (default: 1)
#              SCEP_BENCH_GROWTH     budget of growth: ratio of instructions to ratio of sizes (default: 1.1)
#              SCEP_BUILD_DIR        folder for the build (default: build-tests in the tree)

set -u
TREE=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
. "$TREE/tests/lib.sh"
. "$TREE/tests/bench/stage.sh"

few=${SCEP_BENCH_FEW:-500}
many=${SCEP_BENCH_MANY:-2500}
[ "$few" -gt 0 ] || die "SCEP_BENCH_FEW has to be more than 0"
[ "$many" -gt "$few" ] || die "SCEP_BENCH_MANY has to be more than SCEP_BENCH_FEW"

# make_captures: few and many; every device has its own address and asks for the CA's data first.
make_captures() {
    for size in few many; do
        if [ $size = few ]; then count=$few; else count=$many; fi
        /usr/bin/python3 -B "$TREE/captures/lab/synthetic/bulk.py" "$count" "$files/$size.pcapng" --cheap --devices \
            >"$scratch/made" || return 1
    done
    chmod a+r "$files"/*.pcapng
}
make_captures || die "cannot make the captures"

# under_valgrind FOLDER CAPTURE OPTION...: reads it with the plugins in stage/FOLDER.
under_valgrind() {
    folder=$1
    read_what=$2
    shift 2
    plainly "$scratch/stage" WIRESHARK_PLUGIN_DIR="$scratch/stage/$folder" \
        G_SLICE=always-malloc WIRESHARK_DEBUG_WMEM_OVERRIDE=simple \
        valgrind "$@" tshark -n -r "$files/$read_what.pcapng" 2>"$scratch/valgrind" >/dev/null ||
        { cat "$scratch/valgrind" >&2; return 1; }
}

# instructions FOLDER CAPTURE: of one run.
instructions() {
    under_valgrind "$1" "$2" --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null || return 1
    sed -n 's/.*I *refs: *//p' "$scratch/valgrind" | tr -d ,
}

# memory FOLDER CAPTURE: bytes on the heap at the highest point of one run, as they were asked for. By its own choice
# massif is content with one percent less, which is a good part of what the enrollments take.
memory() {
    under_valgrind "$1" "$2" --tool=massif --depth=1 --peak-inaccuracy=0.1 --massif-out-file="$files/massif" || return 1
    sed -n 's/^mem_heap_B=//p' "$files/massif" | sort -n | sed -n '$p'
}

plainly "$scratch/stage" tshark -G plugins 2>/dev/null | grep -q '^scep\.so' || die "tshark does not load the plugin"
worst=0

# row WHAT BUDGET MEASURED REFERENCE UNIT: prints one ratio.
row() {
    awk -v what="$1" -v budget="$2" -v measured="$3" -v reference="$4" -v unit="$5" 'BEGIN {
        if (measured <= 0 || reference <= 0) { printf "%-24s could not be measured\n", what; exit 1 }
        ratio = measured / reference
        printf "%-24s %8.4f  budget %-6s %12.1f to %.1f %s%s\n", what, ratio, budget, measured, reference, unit,
               (ratio > budget ? "   OVER" : "")
        exit (ratio > budget)
    }' || worst=1
}

# added_memory CAPTURE, added_instructions CAPTURE: what the plugin adds, what it needs at start-up included.
added_memory() {
    with=$(memory plugins "$1") && without=$(memory none "$1") && echo $((with - without))
}
added_instructions() {
    with=$(instructions plugins "$1") && without=$(instructions none "$1") && echo $((with - without))
}

memory_few=$(added_memory few) || die "valgrind did not finish"
memory_many=$(added_memory many) || die "valgrind did not finish"
each=$(((memory_many - memory_few) / (many - few)))
row "memory" "${SCEP_BENCH_MEMORY:-1}" "$each" "${SCEP_BENCH_BYTES:-1536}" "bytes per enrollment"

# What the plugin needs at start-up is in both, and would hide growth.
/usr/bin/python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
from support.pcap import Pcap
Pcap().write(sys.argv[2])' \
    "$TREE/tests" "$files/empty.pcapng" || die "cannot make the captures"
chmod a+r "$files/empty.pcapng"
start=$(added_instructions empty) || die "valgrind did not finish"
work_few=$(added_instructions few) || die "valgrind did not finish"
work_many=$(added_instructions many) || die "valgrind did not finish"
growth=$(awk -v few=$((work_few - start)) -v many=$((work_many - start)) 'BEGIN { print (few > 0 ? many / few : 0) }')
row "growth of instructions" "${SCEP_BENCH_GROWTH:-1.1}" "$growth" \
    "$(awk -v few="$few" -v many="$many" 'BEGIN { print many / few }')" "times the enrollments"
exit $worst
