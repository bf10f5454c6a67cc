# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Functions that quickstart.sh and the test scripts share. To be sourced by a POSIX shell after TREE is set to the
# project's top folder.

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# as_root COMMAND...: runs it as root, through sudo for a plain user.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root and there is no sudo: $*"
    fi
}

# missing_packages NAME...: those that are not installed; all of them where there is no dpkg to ask.
missing_packages() {
    for package; do
        case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
        "install ok installed") ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# apt_get ARGUMENT...: as root and without questions (wireshark-common asks whether plain users may capture); shows what
# it says only when it fails.
apt_get() {
    apt_log=$(mktemp) || exit 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >"$apt_log" 2>&1
    apt_status=$?
    [ $apt_status -eq 0 ] || tail -n 30 "$apt_log" >&2
    rm -f "$apt_log"
    return $apt_status
}

# install_packages NAME...: installs those that are missing; asks the archive for its lists once per call chain.
install_packages() {
    wanted=$(missing_packages "$@")
    [ -n "$wanted" ] || return 0
    command -v apt-get >/dev/null || die "not a Debian system; please install the equivalents of: $wanted"
    say "installing: $wanted"
    if [ -z "${SCEP_APT_UPDATED:-}" ]; then
        apt_get update || die "apt-get update failed"
        SCEP_APT_UPDATED=1
        export SCEP_APT_UPDATED
    fi
    # shellcheck disable=SC2086 # a list of names
    apt_get install -y --no-install-recommends $wanted || die "could not install: $wanted"
}

# package_list FILE [PART]: the names in a list of packages; with PART, those of the lines that start with it.
package_list() {
    sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$1" | if [ $# -gt 1 ]; then
        sed -n "s/^${2}[[:space:]][[:space:]]*//p"
    else
        cat
    fi
}

# wireshark_version: of the tshark on the path, for instance 4.0.17. wireshark_series: 4.0, the name of the folder that
# it looks for plugins in.
wireshark_version() {
    tshark --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9][0-9.]*[0-9]\).*/\1/p'
}
wireshark_series() {
    wireshark_version | cut -d. -f1,2
}

# can_build_in DIR: makes it if need be; false where it or what another user built there cannot be written.
can_build_in() {
    mkdir -p "$1" 2>/dev/null && [ -w "$1" ] && [ -z "$(find "$1" ! -writable -print 2>/dev/null | sed 1q)" ]
}

# configure DIR OPTION...: a CMake build folder; one that belongs to another place of the tree is made anew. What CMake
# says goes to DIR/configure.log, and to stdout when it fails.
configure() {
    dir=$1
    shift
    if [ -f "$dir/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$TREE" "$dir/CMakeCache.txt"; then
        rm -rf "$dir"
    fi
    if ! [ -f "$dir/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        set -- -G Ninja "$@"
    fi
    mkdir -p "$dir" || return 1
    cmake -S "$TREE" -B "$dir" "$@" >"$dir/configure.log" 2>&1 || { cat "$dir/configure.log"; return 1; }
}

# build DIR TARGET...: likewise, in DIR/build.log.
build() {
    dir=$1
    shift
    cmake --build "$dir" --target "$@" >"$dir/build.log" 2>&1 || { cat "$dir/build.log"; return 1; }
}
