# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What every benchmark begins with. To be sourced after tests/lib.sh, with the arguments of the script: the plugin to
# measure, which is built when none is given. Sets plugin; scratch, a folder that goes with the script; and files, a
# folder in it that the unprivileged user of plainly() reads and writes.

# shellcheck disable=SC2046 # lists of names
install_packages $(packages_for every) valgrind

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$scratch"

if [ $# -gt 0 ]; then
    plugin=$1
else
    builds=${SCEP_BUILD_DIR:-$TREE/build-tests}
    can_build_in "$builds" || builds=$scratch/build
    configure "$builds/bench" -DCMAKE_BUILD_TYPE=RelWithDebInfo || die "could not configure"
    build "$builds/bench" scep || die "could not build"
    plugin=$builds/bench/scep.so
fi
stage "$scratch/stage" "$plugin" || die "cannot lay out the files"
files=$scratch/stage/home
