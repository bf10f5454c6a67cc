# SPDX-License-Identifier: GPL-2.0-or-later
"""What went into the sample captures, as captures/expected/NAME.json has it (captures/README.md describes the
files)."""

import functools
import json

from support.tshark import CAPTURES

EXPECTED = CAPTURES / "expected"


@functools.lru_cache(maxsize=None)
def facts_of(name):
    """@return the object of one capture, by the name of the capture; shared, so to be left as it is"""
    return json.loads((EXPECTED / (name + ".json")).read_text(encoding="utf-8"))


def all_facts(pattern="*"):
    """@return {name of the capture: its object}, by name"""
    return {path.stem: facts_of(path.stem) for path in sorted(EXPECTED.glob(pattern + ".json"))}
