#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Records captures of real SCEP peers, each together with what the peers themselves say about it:
#     sh captures/lab/record.sh [NAME...]      all captures, or the named ones
#     sh captures/lab/record.sh --list         their names
# Writes captures/NAME.pcapng and captures/expected/NAME.json, and throw-away keys under captures/keys/ where there is
# none yet.
#
# Needs root: everything runs in a network namespace of its own, so that fixed addresses and ports never meet a service
# of this host, loopback can carry Ethernet-sized segments without touching the host's own, and nothing else gets into a
# capture. In its process namespace every server ends with the driver, however the driver ends.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

packages="scep strongswan-pki libstrongswan-extra-plugins certmonger dbus-daemon nginx curl \
openssl gcc libc6-dev libssl-dev
 iproute2 util-linux tcpdump tshark wireshark-common python3 python3-asn1crypto python3-cryptography"

if [ "${1:-}" = --list ]; then
    exec /usr/bin/python3 "$here/real/record.py" --list
fi
if [ "$(id -u)" != 0 ]; then
    echo "record.sh: needs root (sudo sh $0): it makes a network namespace and captures in it" >&2
    exit 1
fi
missing=
for tool in scepserver scepclient pki certmonger getcert dbus-run-session nginx curl openssl gcc ip tc unshare \
    tcpdump tshark editcap; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "record.sh: not found:$missing" >&2
    echo "record.sh: apt-get install --no-install-recommends $packages" >&2
    exit 1
fi

umask 022
tmp=$(mktemp -d -t scep-lab-XXXXXX)     # no dot in it: pki takes what follows one for a file name extension
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
gcc -shared -fPIC -O1 -Wall -o "$tmp/tls_keylog.so" "$here/real/tls_keylog.c" -ldl
# unshare waits for the driver; when it goes, the kernel ends whatever still runs in that process namespace.
unshare --net --pid --fork --kill-child --mount-proc \
    /usr/bin/python3 "$here/real/record.py" --tmp "$tmp" "$@"
