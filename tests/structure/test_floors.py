# SPDX-License-Identifier: GPL-2.0-or-later
"""The house: a room uses only rooms below it, by the symbols that the linker sees and by its includes."""

import os
import re
from pathlib import Path

import pytest

import floors

TREE = Path(__file__).resolve().parents[2]
BUILD = os.environ.get("SCEP_BUILD")

needs_objects = pytest.mark.skipif(not BUILD, reason="set SCEP_BUILD to a folder that CMake has built in")


@pytest.fixture(scope="module")
def core():
    objects = floors.core(BUILD)
    assert len(objects.names) == len(list((TREE / "plugin/core").rglob("*.c"))) + len(
        list((TREE / "plugin/catalogue").glob("*.c")))
    return objects


@needs_objects
def test_rooms_use_lower_rooms_only(core):
    assert core.climbs() == []


@needs_objects
def test_no_cycle_between_rooms_and_small_ones_within(core):
    cycles = core.cycles()
    assert [cycle for cycle in cycles if len({floors.room_of(name) for name in cycle}) > 1] == []
    assert [cycle for cycle in cycles if len(cycle) > floors.MAX_CYCLE] == []


@needs_objects
def test_the_wireshark_half_has_no_large_cycle():
    objects = floors.plugin(BUILD)
    assert len(objects.names) == len(list((TREE / "plugin/wireshark").rglob("*.c")))
    assert [cycle for cycle in objects.cycles() if len(cycle) > floors.MAX_CYCLE] == []


def _room(path):
    parts = path.relative_to(TREE).parts
    if parts[:2] == ("plugin", "core"):
        return parts[2]
    if parts[1] == "catalogue":
        return "catalogue"
    return parts[2] if len(parts) > 3 else path.stem


def test_includes_do_not_climb():
    """include/scep/limits.h is below all of them."""
    found = []
    sources = [*(TREE / "plugin/core").rglob("*.[ch]"), *(TREE / "plugin/catalogue").glob("*.[ch]"),
               *(TREE / "include/scep").rglob("*.h")]
    for path in sources:
        for used in re.findall(r'#include "(?:scep/)?(\w+)(?:/|\.h)', path.read_text(encoding="utf-8")):
            if used in floors.FLOORS and (_room(path) == "limits" or
                                          floors.FLOORS.index(used) > floors.FLOORS.index(_room(path))):
                found.append("%s includes %s" % (path.relative_to(TREE), used))
    assert found == []


def test_the_core_has_no_file_outside_of_a_room():
    assert [path.name for path in (TREE / "plugin/core").glob("*.[ch]")] == []
    assert {path.name for path in (TREE / "plugin/core").iterdir()} <= set(floors.FLOORS)


def test_each_room_has_one_door_with_what_the_wireshark_half_calls():
    calls = set(re.findall(r"\w+", " ".join(
        path.read_text(encoding="utf-8") for path in (TREE / "plugin/wireshark").rglob("*.[ch]"))))
    for path in (TREE / "include/scep").rglob("*.h"):
        assert _room(path) in {*floors.FLOORS, "limits"}, path.name
        text = re.sub(r"/\*.*?\*/|\{.*?\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        declared = re.findall(r"\b(scep_\w+)\([^;{]*\);", text)
        unused = [] if path.stem == "catalogue" else sorted(set(declared) - calls)
        assert unused == [], path.name


def test_parts_of_a_door_are_included_by_it_alone():
    found = []
    for path in (path for folder in ("plugin", "include", "tests") for path in (TREE / folder).rglob("*.[ch]")):
        for room in re.findall(r'#include "scep/(\w+)/', path.read_text(encoding="utf-8")):
            if path != TREE / "include/scep" / (room + ".h"):
                found.append(str(path.relative_to(TREE)))
    assert found == []
