# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the captures of whole enrollments over TLS and of what goes wrong below HTTP, and their expectation files:
    /usr/bin/python3 captures/lab/stages/make.py [--check] [--list] [NAME...]
A capture and the one without its TLS secrets are made together. TLS is OpenSSL's, which draws random numbers: made
again, the frames are the same and their bytes are not. --check compares each with what a stock tshark finds. Needs
Debian's python3-cryptography and python3-h2."""
import os
import sys

sys.path[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")

from making import make, write_table  # noqa: E402
from stages import check  # noqa: E402
from stages.registry import CAPTURES, load, tell  # noqa: E402
from stages.story import TWIN  # noqa: E402

BEGIN, END = "<!-- begin: written by lab/stages/make.py -->\n", "<!-- end: lab/stages/make.py -->\n"


def row(story):
    """The lines of the table in captures/README.md: of the capture, and of the one without its secrets."""
    keys = ", ".join(sorted(file[len("keys/") :] for files in story.keys.values() for file in files))
    inside = "TLS secrets inside" if story.has_secrets() else ""
    opens = [one for one in (inside, keys if inside or not story.is_tls() else "") if one]
    lines = "| %s | %s | %s | %s |\n" % (story.name, story.about, story.look, "; ".join(opens) or "none")
    if story.twin:
        lines += "| %s | %s | the same from what is not encrypted | none |\n" % (story.twin, TWIN % story.name)
    return lines


def write_rows(rows):
    write_table(BEGIN, END, ("capture", "what it holds", "what to look for", "what opens it"), rows)


def main():
    load()
    return make(__doc__, CAPTURES, tell, {"check": check.problems}, row, write_rows)


if __name__ == "__main__":
    sys.exit(main())
