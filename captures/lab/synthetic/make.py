# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes synthetic captures, their expectation files and, where they are missing, their keys:
    /usr/bin/python3 captures/lab/synthetic/make.py [--check] [--list] [NAME...]
--check compares each with what a stock tshark finds: HTTP messages in the frames that the generator names, correct
checksums, nothing malformed in TCP or HTTP. --openssl lets the openssl program verify and open every message.
Needs Debian's python3-cryptography, and the openssl program for RC2."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from synthetic import check, openssl  # noqa: E402
from synthetic.registry import CAPTURES, load, tell  # noqa: E402

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
BEGIN, END = "<!-- begin: written by lab/synthetic/make.py -->\n", "<!-- end -->\n"


def row(story):
    """A line of the table in captures/README.md: name, content, what to look for, keys."""
    about, look, _, _ = CAPTURES[story.name]
    keys = ", ".join(sorted(file[len("keys/synthetic/") :] for files in story.keys.values() for file in files)) or "none"
    return "| %s | %s | %s | %s |\n" % (story.name, about, look, keys)


def write_rows(rows):
    """The table of synthetic captures in captures/README.md, between its two marks."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n| capture | what it holds | what to look for | keys |\n|---|---|---|---|\n" +
                   "".join(rows) + "\n" + END + after)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--check", action="store_true")
    options.add_argument("--openssl", action="store_true")
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    load()
    if given.list:
        print("\n".join(sorted(CAPTURES)))
        return 0
    bad, rows = 0, []
    for name in given.names or sorted(CAPTURES):
        story = tell(name)
        story.write()
        problems = (check.problems(story) if given.check else []) + (openssl.problems(story) if given.openssl else [])
        print("%-32s %5d frames %s" % (name, len(story.capture.frames), "; ".join(problems)))
        bad += bool(problems)
        rows.append(row(story))
    if not given.names:
        write_rows(rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
