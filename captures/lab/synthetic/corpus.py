# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the corpus of faults and of healthy enrollments, one small capture each, with an expectation file beside it:
    /usr/bin/python3 captures/lab/synthetic/corpus.py FOLDER [--check] [--list] [NAME...]

FOLDER/fault-NAME.pcapng holds one enrollment with one fault; its expectation file names under "leading" the hints that
may lead, the best one first, and says under "needs_keys" whether it takes the keys to see. FOLDER/healthy-NAME.pcapng
holds nothing wrong ("leading" is empty). Every capture goes on for ten minutes, so that what is absent may be called
absent."""
import argparse
import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    __package__ = "synthetic"  # noqa: A001 (relative imports of a script)
    import synthetic  # noqa: F401

from . import check, faults_around, web  # noqa: E402, F401 (which adds its rows)
from .faults_http import FAULTS, Case  # noqa: E402
from .faults_message import MESSAGE_FAULTS  # noqa: E402
from .faults_services import SERVICE_FAULTS, SERVICE_HEALTHY  # noqa: E402
from .healthy import HEALTHY  # noqa: E402
from .story import SECOND, Story  # noqa: E402


def scenarios():
    """{name: (leading hints, whether keys are needed, function of a Case)}"""
    found = {"fault-" + name: ((leading,), False, inject) for name, (leading, inject) in FAULTS.items()}
    found.update({"fault-" + name: row for name, row in MESSAGE_FAULTS.items()})
    found.update({"fault-" + name: row for name, row in SERVICE_FAULTS.items()})
    good = dict(HEALTHY, **SERVICE_HEALTHY)
    found.update({"healthy-" + name: ((), False, function) for name, function in good.items()})
    return found


def tell(name, row):
    """@return the finished Story"""
    leading, keys, function = row
    story = Story(name, function.__doc__ or name)
    function(Case(story))
    story.facts.update(leading=list(leading), needs_keys=keys)
    story.now += 600 * SECOND
    link = story.link("192.0.2.240", "198.51.100.240")
    request = web.get("/", "www.example.com", "", None, [("User-Agent", "monitor/1.0")])
    request.target, request.operation = "/health", None
    link.exchange(request, web.Response(200, b"ok\n", "text/plain"))
    link.close()
    return story


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?")
    options.add_argument("names", nargs="*", metavar="NAME")
    options.add_argument("--check", action="store_true")
    options.add_argument("--list", action="store_true")
    given = options.parse_args()
    rows = scenarios()
    if given.list or not given.folder:
        print("\n".join("%-36s %s" % (name, " or ".join(row[0])) for name, row in rows.items()))
        return 0
    os.makedirs(given.folder, exist_ok=True)
    bad = 0
    for name in given.names or rows:
        story = tell(name, rows[name])
        story.write(given.folder)
        problems = check.problems(story, given.folder) if given.check else []
        for problem in problems:
            print("%s: %s" % (name, problem))
        bad += bool(problems)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
