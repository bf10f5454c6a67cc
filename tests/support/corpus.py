# SPDX-License-Identifier: GPL-2.0-or-later
"""The corpus of captures/lab/synthetic/corpus.py: one capture with one fault each, and good enrollments.

Every capture is read by itself: devices, keys, servers and addresses are the same in all of them, so in one file the
enrollments would count as retries of each other."""

import json
import os
import subprocess
import sys
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

from support.hints import FIELDS, frames_of
from support.tshark import CAPTURES

CORPUS = CAPTURES / "lab" / "synthetic" / "corpus.py"

# expected: the expectation file; objects: those of the JSON report; frames: support.hints.Frame of those with a hint or
# step
Told = namedtuple("Told", "expected objects frames")


def keys_of(expected):
    """The keys that open the capture, for the faults that take them to see."""
    files = [CAPTURES / one for paths in expected["keys"].values() for one in paths] if expected["needs_keys"] else []
    return [option for path in files for option in ("-o", 'uat:scep_keys:"%s","","%s"' % (path, path.stem))]


def read_corpus(tshark, folder):
    """Makes the captures in the folder and reads each of them. @return {name: Told}"""
    subprocess.run([sys.executable, "-B", CORPUS, folder], check=True)

    def read(path):
        expected = json.loads((folder / "expected" / (path.stem + ".json")).read_text(encoding="utf-8"))
        wanted = [argument for name in FIELDS for argument in ("-e", name)]
        text = tshark.run("-n", "-2", "-r", path, *keys_of(expected), "-T", "fields", "-E", "occurrence=a",
                          "-E", "aggregator= ", *wanted, "-z", "scep,report,json")
        lines = text.splitlines()
        return path.stem, Told(expected, [json.loads(line) for line in lines if line.startswith("{")],
                               frames_of(line for line in lines if not line.startswith("{")))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(read, sorted(folder.glob("*.pcapng"))))
