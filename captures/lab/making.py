# SPDX-License-Identifier: GPL-2.0-or-later
"""What the scripts that make captures share: their arguments, the run over the captures, the table in
captures/README.md."""
import argparse
import os

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md")


def write_table(begin, end, head, rows):
    """Puts a table into captures/README.md, between its two marks."""
    with open(README, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    columns = "| %s |\n|%s\n" % (" | ".join(head), "---|" * len(head))
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + begin + "\n" + columns + "".join(rows) + "\n" + end + after)


def make(description, captures, tell, checks, row, write_rows):
    """Makes the captures that the command line names, or all of them and their table.

    captures: their names; tell: name -> what has write(), name and capture; checks: {option: function that lists what
    is wrong}; row: the line of the table; write_rows: what writes the table. @return 1 when a check found something"""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME")
    for name in checks:
        options.add_argument("--" + name, action="store_true")
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    if given.list:
        print("\n".join(sorted(captures)))
        return 0
    bad, rows = 0, []
    for name in given.names or sorted(captures):
        made = tell(name)
        made.write()
        problems = [problem for option, find in checks.items() if getattr(given, option) for problem in find(made)]
        print("%-32s %5d frames %s" % (name, len(made.capture.frames), "; ".join(problems)))
        bad += bool(problems)
        rows.append(row(made))
    if not given.names:
        write_rows(rows)
    return 1 if bad else 0
