# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the captures of the traffic between NDES and its CA, and their expectation files, byte for byte the same:
    /usr/bin/python3 captures/lab/wcce/make.py [--check] [--list] [NAME...]
--check compares each with what a stock tshark finds. Needs Debian's python3-cryptography and python3-impacket."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from making import make, write_table  # noqa: E402
from wcce import check  # noqa: E402
from wcce.registry import CAPTURES, load, tell  # noqa: E402

BEGIN, END = "<!-- begin: written by lab/wcce/make.py -->\n", "<!-- end: lab/wcce/make.py -->\n"


def row(scene):
    """A line of the table in captures/README.md."""
    keys = sorted(file[len("keys/") :] for files in scene.keys.values() for file in files)
    keys = [file for file in keys if not file.endswith(".keytab")]  # it is among the options
    options = ["`%s`" % one for one in scene.open_with]
    return "| %s | %s | %s | %s |\n" % (scene.name, scene.about, scene.look, ", ".join(options + keys) or "none")


def write_rows(rows):
    write_table(BEGIN, END, ("capture", "what it holds", "what to look for", "what opens it"), rows)


def main():
    load()
    return make(__doc__, CAPTURES, tell, {"check": check.problems}, row, write_rows)


if __name__ == "__main__":
    sys.exit(main())
