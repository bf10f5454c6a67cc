#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs what is missing, builds, and runs every test. Ends with one line: "N passed, N failed".
#
#   sh tests/run.sh                    everything
#   sh tests/run.sh unit dissection    some steps only; the steps, in their order, are:
#       unit        builds with warnings as errors; unit tests of the core
#       structure   rules about the source tree
#       dissection  tshark with the plugin, as a plain user
#       clang       builds with clang, warnings as errors
#       sanitize    with AddressSanitizer and UndefinedBehaviorSanitizer: unit tests, all captures, damaged captures
#       memory      dissection under valgrind
#       fuzz        each fuzzer for some seconds
#
# Environment: SCEP_BUILD_DIR  folder for everything that is built (default: build-tests in the tree)
#              SCEP_FUZZ_SECONDS  seconds per fuzzer (default: 5)
#              SCEP_WIRESHARK_SOURCE  a source tree of Wireshark, for its own checks of source code (default: the tools
#                                     of the source package are fetched where apt can, and kept in SCEP_BUILD_DIR)
#              SCEP_JOBS  tests that run at the same time (default: one per processor)
#              PYTEST_ARGS  more arguments for pytest, for instance: -k loaded -x
# As root, the tests that drive tshark run as the user "nobody", since tshark ignores private plugins for root.

set -u
TREE=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$TREE/tests/lib.sh"

passed=0
failed=0
python=/usr/bin/python3
jobs=${SCEP_JOBS:-$(nproc)}

# count PASSED FAILED WHAT [SKIPPED]
count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    say "== $3: $1 passed, $2 failed${4:+, $4 skipped}"
}

# check WHAT COMMAND...: one test that is a command.
check() {
    what=$1
    shift
    if "$@"; then count 1 0 "$what"; else count 0 1 "$what"; fi
}

# number_before WORD FILE: the N of pytest's last "N WORD" line.
number_before() {
    sed -n "s/^\(.*[^0-9]\)\{0,1\}\([0-9][0-9]*\) $1.*/\2/p" "$2" | tail -n 1
}

# pytests WHAT COMMAND...: runs pytest by the command (its arguments are added) and counts.
pytests() {
    what=$1
    shift
    # shellcheck disable=SC2086 # several arguments
    "$@" -p no:cacheprovider -q -ra -n "$jobs" --dist loadgroup ${PYTEST_ARGS:-} >"$scratch/pytest.out" 2>&1
    status=$?
    cat "$scratch/pytest.out"
    tail -n 1 "$scratch/pytest.out" >"$scratch/pytest.last"
    good=$(number_before passed "$scratch/pytest.last")
    bad=$(number_before failed "$scratch/pytest.last")
    broken=$(number_before error "$scratch/pytest.last")
    skipped=$(number_before skipped "$scratch/pytest.last")
    bad=$((${bad:-0} + ${broken:-0}))
    # 5: no test was collected, which -k may mean.
    if [ $status -ne 0 ] && [ $bad -eq 0 ] && ! { [ $status -eq 5 ] && [ -n "${PYTEST_ARGS:-}" ]; }; then
        bad=1
    fi
    count "${good:-0}" "$bad" "$what" "$skipped"
}

# unit_tests WHAT DIR [VARIABLE=VALUE...]: ctest, counted by what cmocka reports.
unit_tests() {
    what=$1
    dir=$2
    shift 2
    env "$@" ctest --test-dir "$dir" -V >"$scratch/ctest.out" 2>&1
    status=$?
    good=$(awk '/^[0-9]+: \[  PASSED  \] [0-9]+ test/ { n += $5 } END { print n + 0 }' "$scratch/ctest.out")
    bad=$(awk '/^[0-9]+: \[  FAILED  \] [0-9]+ test/ { n += $5 } END { print n + 0 }' "$scratch/ctest.out")
    if [ $status -ne 0 ]; then
        cat "$scratch/ctest.out"
        [ "$bad" -gt 0 ] || bad=1
    elif [ "$good" -eq 0 ]; then
        say "no unit test was found"
        bad=1
    fi
    count "$good" "$bad" "$what"
}

# debug_build: the build that unit, dissection and memory tests use, once per run.
debug_build() {
    if [ -z "${debug_result:-}" ]; then
        configure "$builds/debug" -DCMAKE_BUILD_TYPE=Debug -DSCEP_WERROR=ON -DSCEP_BUILD_TESTS="$with_unit_tests" &&
            build "$builds/debug" all
        debug_result=$?
        count $((debug_result == 0)) $((debug_result != 0)) "build ($(wireshark_version), $(gcc --version | sed 1q))"
        [ $debug_result -ne 0 ] || stage "$scratch/debug" "$builds/debug/scep.so" || die "cannot lay out the tests"
    fi
    return "$debug_result"
}

step_unit() {
    debug_build && unit_tests "unit tests" "$builds/debug"
}

step_structure() {
    [ -n "${SCEP_WIRESHARK_SOURCE:-}" ] || SCEP_WIRESHARK_SOURCE=$(wireshark_source "$builds/wireshark-source")
    debug_build && pytests "structure tests" env PYTHONDONTWRITEBYTECODE=1 SCEP_BUILD="$builds/debug" \
        SCEP_WIRESHARK_SOURCE="$SCEP_WIRESHARK_SOURCE" \
        "$python" -m pytest --rootdir "$TREE/tests/structure" "$TREE/tests/structure"
}

step_dissection() {
    debug_build && pytests "dissection tests" plainly "$scratch/debug" "$python" -m pytest tests/dissection
}

clang_build() {
    configure "$builds/clang" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSCEP_WERROR=ON &&
        build "$builds/clang" all
}

step_clang() {
    check "build ($(wireshark_version), $(clang --version | sed 1q))" clang_build
}

sanitize_build() {
    configure "$builds/sanitize" -DCMAKE_BUILD_TYPE=Debug -DSCEP_SANITIZE="address;undefined" -DSCEP_BUILD_TESTS=ON &&
        build "$builds/sanitize" all && stage "$scratch/sanitize" "$builds/sanitize/scep.so"
}

step_sanitize() {
    if ! sanitize_build; then
        count 0 1 "build with sanitizers"
        return
    fi
    unit_tests "unit tests with sanitizers" "$builds/sanitize" UBSAN_OPTIONS=print_stacktrace=1
    # tshark itself is not instrumented, so the runtimes have to be loaded before it.
    pytests "dissection with sanitizers" plainly "$scratch/sanitize" \
        SCEP_TSHARK_PRELOAD="$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)" \
        "$python" -m pytest tests/dissection/test_loaded.py tests/memory/test_damaged.py
}

step_memory() {
    debug_build &&
        pytests "memory check" plainly "$scratch/debug" "$python" -m pytest tests/memory/test_valgrind.py
}

fuzz_build() {
    configure "$builds/fuzz" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSCEP_WERROR=ON \
        -DSCEP_BUILD_FUZZERS=ON &&
        build "$builds/fuzz" fuzzers
}

# fuzz_one PROGRAM: from the kept seeds of tests/fuzz/corpus/<name>, if there are any.
fuzz_one() {
    name=${1##*/}
    rm -rf "$scratch/corpus"
    mkdir -p "$scratch/corpus" "$builds/findings" || return 1
    seeds=$TREE/tests/fuzz/corpus/$name
    [ -d "$seeds" ] || seeds=
    "$1" -max_total_time="${SCEP_FUZZ_SECONDS:-5}" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -verbosity=0 \
        -print_final_stats=0 -artifact_prefix="$builds/findings/$name-" "$scratch/corpus" ${seeds:+"$seeds"} \
        >"$scratch/fuzz.out" 2>&1 || { tail -n 60 "$scratch/fuzz.out"; return 1; }
}

step_fuzz() {
    if ! fuzz_build; then
        count 0 1 "build of the fuzzers"
        return
    fi
    for source in "$TREE"/tests/fuzz/fuzz_*.c; do
        [ -f "$source" ] || continue
        program=$(basename "$source" .c)
        check "$program, ${SCEP_FUZZ_SECONDS:-5} s" fuzz_one "$builds/fuzz/$program"
    done
}

every_step="unit structure dissection clang sanitize memory fuzz"
steps=${*:-$every_step}
parts=every
with_unit_tests=OFF
for step in $steps; do
    case " $every_step " in
    *" $step "*) ;;
    *) die "no such step: $step (there are: $every_step)" ;;
    esac
    case $step in
    unit) with_unit_tests=ON ;;
    sanitize | memory | fuzz) parts="every once" ;;
    esac
done

# shellcheck disable=SC2046,SC2086 # lists of names
install_packages $(packages_for $parts)
use_ccache

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$scratch"

builds=${SCEP_BUILD_DIR:-$TREE/build-tests}
if ! can_build_in "$builds"; then
    [ -z "${SCEP_BUILD_DIR:-}" ] || die "cannot write to $builds"
    builds=$scratch/build
    mkdir -p "$builds" || exit 1
fi
builds=$(cd "$builds" && pwd) || exit 1

for step in $steps; do
    say "== $step"
    "step_$step"
done

say "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
