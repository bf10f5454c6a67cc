# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Functions that run.sh, matrix.sh and the bench share. To be sourced by a POSIX shell after TREE is set to the
# project's top folder.

. "$TREE/plugin/common.sh"

# packages_for PART...: the build packages and those of the named parts of tests/packages.txt.
packages_for() {
    package_list "$TREE/plugin/packages.txt"
    for part; do
        package_list "$TREE/tests/packages.txt" "$part"
    done
}

# stage DIR SCEP_SO: lays out what the tests need under DIR, readable by anybody: tree/ (tests and captures),
# plugins/<x.y>/epan/scep.so, none/ (no plugin), home/ and tmp/ (to write in).
# The reason: tshark run by root ignores WIRESHARK_PLUGIN_DIR, and an unprivileged user may not see the source tree.
stage() {
    stage_epan=$1/plugins/$(wireshark_series)/epan
    mkdir -p "$1/tree" "$stage_epan" "$1/none" "$1/home" "$1/tmp" || return 1
    cp "$2" "$stage_epan/scep.so" || return 1
    for part in tests captures plugin include; do
        if [ -d "$TREE/$part" ]; then
            cp -R "$TREE/$part" "$1/tree/" || return 1
        fi
    done
    chmod -R a+rX "$1" || return 1
    if [ "$(id -u)" -eq 0 ]; then
        chown -R 65534:65534 "$1/home" "$1/tmp" || return 1
    fi
}

# plainly DIR COMMAND...: runs it as a user without privileges, in the clean environment of a stage (see above), from
# the stage's tree.
plainly() {
    plain_stage=$1
    shift
    plain_user=
    if [ "$(id -u)" -eq 0 ]; then
        plain_user="setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs"
    fi
    # shellcheck disable=SC2086 # a command with its options
    (cd "$plain_stage/tree" && exec $plain_user env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 TZ=UTC \
        HOME="$plain_stage/home" TMPDIR="$plain_stage/tmp" PYTHONDONTWRITEBYTECODE=1 \
        WIRESHARK_PLUGIN_DIR="$plain_stage/plugins" SCEP_NO_PLUGIN_DIR="$plain_stage/none" "$@")
}

# apt_of_sources DIR COMMAND...: apt-get for source packages of the archive in DIR/sources.list, without any of the
# state that apt keeps on this machine.
apt_of_sources() {
    apt_dir=$1
    shift
    timeout 600 apt-get -q -o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$apt_dir/lists" -o APT::Sandbox::User= "$@"
}

# fetch_tools DIR TREE: the folder tools/ of Wireshark's source package, from the first archive that has it.
fetch_tools() {
    # shellcheck disable=SC2016 # apt's variables
    apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        sort -u >"$1/all"
    # shellcheck disable=SC2013 # words
    for archive in $(cut -d ' ' -f 2 "$1/all" | sort -u); do
        rm -rf "$1/lists"
        mkdir -p "$1/lists/partial" || return 1
        grep -F " $archive " "$1/all" >"$1/sources.list"
        (cd "$1" && apt_of_sources "$1" update && apt_of_sources "$1" --download-only --tar-only source wireshark &&
            tar -xf wireshark_*.orig.tar.* -C "$2" --strip-components=1 --wildcards '*/tools/*') && return 0
    done
    return 1
}

# wireshark_source DIR: the folder with the tools of Wireshark's source tree, of the release that is installed: those
# that check the source of dissectors. Fetched once and kept in DIR; nothing where that is not possible, and why in
# DIR/log.
wireshark_source() {
    source_tree=$1/$(wireshark_version)
    if ! [ -f "$source_tree/tools/checkhf.pl" ]; then
        mkdir -p "$source_tree" || return 1
        fetch_tools "$1" "$source_tree" >"$1/log" 2>&1
        source_status=$?
        rm -rf "$1"/wireshark_*.orig.tar.* "$1/lists" "$1/all" "$1/sources.list"
        [ $source_status -eq 0 ] || return 1
    fi
    say "$source_tree"
}

# Most of what a run compiles, the run before it has compiled. CMake reads this when it configures a new folder.
use_ccache() {
    if command -v ccache >/dev/null; then
        CMAKE_C_COMPILER_LAUNCHER=ccache
        export CMAKE_C_COMPILER_LAUNCHER
    fi
}
