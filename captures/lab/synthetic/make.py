# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes synthetic captures, their expectation files and, where they are missing, their keys:
    /usr/bin/python3 captures/lab/synthetic/make.py [--check] [--list] [NAME...]
--check compares each with what a stock tshark finds: HTTP messages in the frames that the generator names, correct
checksums, nothing malformed in TCP or HTTP. --openssl lets the openssl program verify and open every message.
Needs Debian's python3-cryptography, and the openssl program for RC2."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from making import make, write_table  # noqa: E402
from synthetic import check, openssl  # noqa: E402
from synthetic.registry import CAPTURES, load, tell  # noqa: E402

BEGIN, END = "<!-- begin: written by lab/synthetic/make.py -->\n", "<!-- end -->\n"


def row(story):
    """A line of the table in captures/README.md: name, content, what to look for, keys."""
    about, look, _, _ = CAPTURES[story.name]
    keys = (
        ", ".join(sorted(file[len("keys/synthetic/") :] for files in story.keys.values() for file in files)) or "none"
    )
    return "| %s | %s | %s | %s |\n" % (story.name, about, look, keys)


def write_rows(rows):
    write_table(BEGIN, END, ("capture", "what it holds", "what to look for", "keys"), rows)


def main():
    load()
    return make(__doc__, CAPTURES, tell, {"check": check.problems, "openssl": openssl.problems}, row, write_rows)


if __name__ == "__main__":
    sys.exit(main())
