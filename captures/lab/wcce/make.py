# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the captures of the traffic between NDES and its CA, and their expectation files, byte for byte the same:
    /usr/bin/python3 captures/lab/wcce/make.py [--check] [--list] [NAME...]
--check compares each with what a stock tshark finds. Needs Debian's python3-cryptography and python3-impacket."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from wcce import check  # noqa: E402
from wcce.registry import CAPTURES, load, tell  # noqa: E402

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
BEGIN, END = "<!-- begin: written by lab/wcce/make.py -->\n", "<!-- end: lab/wcce/make.py -->\n"


def row(scene):
    """A line of the table in captures/README.md."""
    keys = sorted(file[len("keys/") :] for files in scene.keys.values() for file in files)
    keys = [file for file in keys if not file.endswith(".keytab")]  # it is among the options
    options = ["`%s`" % one for one in scene.open_with]
    return "| %s | %s | %s | %s |\n" % (scene.name, scene.about, scene.look, ", ".join(options + keys) or "none")


def write_rows(rows):
    with open(README, encoding="utf-8") as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    head = "\n| capture | what it holds | what to look for | what opens it |\n|---|---|---|---|\n"
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + head + "".join(rows) + "\n" + END + after)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--check", action="store_true")
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    load()
    if given.list:
        print("\n".join(sorted(CAPTURES)))
        return 0
    bad, rows = 0, []
    for name in given.names or sorted(CAPTURES):
        scene = tell(name)
        scene.write()
        problems = check.problems(scene) if given.check else []
        print("%-32s %5d frames %s" % (name, len(scene.capture.frames), "; ".join(problems)))
        bad += bool(problems)
        rows.append(row(scene))
    if not given.names:
        write_rows(rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
