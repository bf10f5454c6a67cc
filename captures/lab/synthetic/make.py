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

HERE = os.path.dirname(os.path.abspath(__file__))


def row(story):
    """A line of the table in captures/README.md: name, origin, keys, what to look for."""
    about, look, _, _ = CAPTURES[story.name]
    keys = ", ".join(sorted(file[len("keys/synthetic/") :] for files in story.keys.values() for file in files)) or "none"
    return "%s | synthetic: %s | %s | %s\n" % (story.name, about, keys, look)


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
        with open(os.path.join(HERE, "README-rows"), "w", encoding="utf-8") as out:
            out.write("".join(rows))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
