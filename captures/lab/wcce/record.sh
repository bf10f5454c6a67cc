#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Records impacket as the client of the lab's CA on loopback:
#     sudo sh captures/lab/wcce/record.sh [NAME...]
# Needs root: port 135, fixed addresses and the capture are in a network namespace of their own. Packages: iproute2
# util-linux wireshark-common tshark python3 python3-impacket python3-cryptography
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" != 0 ]; then
    echo "record.sh: needs root (sudo sh $0): it makes a network namespace and captures in it" >&2
    exit 1
fi
umask 022
unshare --net --pid --fork --kill-child --mount-proc /usr/bin/python3 "$here/recorded.py" "$@"
