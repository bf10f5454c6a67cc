#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and tests against the Wireshark versions of other Debian releases, each in a root of its own made by
# debootstrap: warnings are errors; dissection tests. Needs root.
#
#   sh tests/matrix.sh                     trixie (Wireshark 4.4) and testing (4.6)
#   sh tests/matrix.sh testing             one of them; any suite that debootstrap knows
#   sh tests/matrix.sh --compile trixie    only compiles, both compilers, without installing anything new
#
# Environment: SCEP_MATRIX_DIR  where the roots are kept between runs, about 1.5 GB each
#                               (default: wireshark-scep in XDG_CACHE_HOME, or else in ~/.cache)
#              SCEP_MATRIX_STEPS  steps of tests/run.sh (default: dissection)
#              SCEP_MATRIX_MIRROR  archive to make the roots from (default: the one that this machine's apt uses)
#              PYTEST_ARGS  as for tests/run.sh
#
# Ends with a line per root, "SUITE: Wireshark VERSION: N passed, N failed", and fails if one of them did.
# Without root it says so and returns 77.

set -u
TREE=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$TREE/tests/lib.sh"

roots=${SCEP_MATRIX_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wireshark-scep}
build_steps=${SCEP_MATRIX_STEPS:-dissection}
refresh=yes

if [ "${1:-}" = --compile ]; then
    build_steps=compile
    refresh=no
    shift
fi
suites=${*:-trixie testing}

if [ "$(id -u)" -ne 0 ]; then
    say "SKIPPED: making a root with debootstrap needs root; other Wireshark versions were not tested"
    exit 77
fi

# The Debian archive that apt on this machine reads, security and add-on archives left aside.
mirror() {
    if [ -n "${SCEP_MATRIX_MIRROR:-}" ]; then
        say "$SCEP_MATRIX_MIRROR"
        return
    fi
    # shellcheck disable=SC2016 # apt's variables
    known=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian //p' | sed 1q)
    # Before the first apt-get update there are no labels to go by.
    if [ -z "$known" ]; then
        # shellcheck disable=SC2016 # apt's variables
        known=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/*$' | sed 1q)
    fi
    [ -n "$known" ] || die "apt knows no Debian archive: set SCEP_MATRIX_MIRROR"
    say "${known%/}"
}

# inside ROOT COMMAND...: with /proc and a mount namespace of its own, so that nothing stays mounted, however it ends.
inside() {
    root=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private sh -c \
        'mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"' inside "$root" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

# make_root SUITE ROOT: one that is half made is made anew.
make_root() {
    [ -f "$2/.complete" ] && return 0
    say "making a root for $1 in $2"
    rm -rf "$2"
    debootstrap --variant=minbase "$1" "$2" "$(mirror)" >"$2.log" 2>&1 || { tail -n 20 "$2.log"; return 1; }
    touch "$2/.complete"
}

# refresh_root ROOT: its packages as new as the archive has them. The Release file of an archive that is not
# refreshed often is past its date: that is no reason to refuse, its signature still counts.
refresh_root() {
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    {
        say 'Acquire::Check-Valid-Until "false";'
        say 'Acquire::Check-Date "false";'
        say 'APT::Install-Recommends "false";'
        apt-config dump Acquire::http::Proxy Acquire::https::Proxy
    } >"$1/etc/apt/apt.conf.d/90matrix"
    # shellcheck disable=SC2046 # a list of names
    inside "$1" sh -c 'apt-get -q update && apt-get -q -y dist-upgrade && apt-get -q -y install "$@" && apt-get clean' \
        refresh $(packages_for every) >"$1.log" 2>&1 || { tail -n 20 "$1.log"; return 1; }
}

# copy_tree ROOT: the project's files, without what is built or ignored, to /src.
copy_tree() {
    rm -rf "$1/src"
    mkdir "$1/src" || return 1
    if git -c safe.directory='*' -C "$TREE" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory='*' -C "$TREE" ls-files -z --cached --others --exclude-standard
    else
        (cd "$TREE" &&
            find . -name .git -prune -o -path './build*' -prune -o -name __pycache__ -prune -o -type f -print0)
    fi | tar -C "$TREE" --null --no-recursion --ignore-failed-read -T - -cf - 2>/dev/null |
        tar -C "$1/src" --no-same-owner -xf -
}

# compile ROOT: both compilers, warnings as errors, nothing is run.
compile() {
    # shellcheck disable=SC2016 # for the inner shell
    inside "$1" sh -c 'for cc in gcc clang; do
            cmake -S /src -B "/build/$cc" -G Ninja -DCMAKE_C_COMPILER=$cc -DCMAKE_BUILD_TYPE=Debug -DSCEP_WERROR=ON \
                -DSCEP_BUILD_TESTS=ON >/dev/null && cmake --build "/build/$cc" || exit 1
        done'
}

run_suite() {
    root=$roots/$1
    make_root "$1" "$root" || return 1
    if [ $refresh = yes ] || ! [ -d "$root/usr/include/wireshark" ]; then
        refresh_root "$root" || return 1
    fi
    copy_tree "$root" || return 1
    mkdir -p "$root/build"
    if [ "$build_steps" = compile ]; then
        compile "$root"
    else
        # shellcheck disable=SC2086 # a list of steps
        inside "$root" env SCEP_BUILD_DIR=/build SCEP_APT_UPDATED=1 PYTEST_ARGS="${PYTEST_ARGS:-}" \
            sh /src/tests/run.sh $build_steps
    fi
}

install_packages debootstrap debian-archive-keyring util-linux
mkdir -p "$roots" || exit 1

summary=
worst=0
for suite in $suites; do
    say "==== $suite"
    output=$roots/$suite.output
    { run_suite "$suite"; echo $? >"$roots/$suite.status"; } 2>&1 | tee "$output"
    version=$(chroot "$roots/$suite" tshark --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9][0-9.]*[0-9]\).*/\1/p')
    if [ "$(cat "$roots/$suite.status")" -eq 0 ]; then
        result=$(tail -n 1 "$output")
        [ "$build_steps" != compile ] || result=compiles
    else
        worst=1
        result=$(tail -n 1 "$output" | grep -E '^[0-9]+ passed, [0-9]+ failed$' || say "FAILED")
    fi
    summary="$summary$suite: Wireshark ${version:-unknown}: $result
"
done
say
printf '%s' "$summary"
exit $worst
