# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about plugin/wireshark: what it keeps, and what Wireshark's own tools say of its source.

    SCEP_BUILD              folder that CMake has built in
    SCEP_WIRESHARK_SOURCE   source tree of Wireshark; its tools are no part of this project

tests/run.sh sets both where it can.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
HALF = TREE / "plugin" / "wireshark"
SOURCES = sorted([*HALF.rglob("*.c"), *HALF.rglob("*.h")])

# What a file keeps between two calls has epan scope: numbers and handles that are given when Wireshark starts, what the
# user has configured, and the listeners of reports. What is known of a capture file hangs on capture_file.
KEPT = {
    "capture_file.c": {"capture_file"},
    "configured_hosts.c": {"roles", "row_count", "rows", "configured"},
    "frame_kind.c": {"frame_kind_count", "frame_kinds"},
    "http_heuristic.c": {"http_handle"},
    "mdm_body.c": {"profile_handle", "wbxml_handle", "xml_handle"},
    "packet-scep.c": {"body_handle", "expert_tap", "scep_protocol"},
    "packet-wcce-unread.c": {"wcce_protocol"},
    "plugin.c": {"both", "is_registered"},
    "preferences.c": {"key_row_count", "key_rows", "key_uat", "loaded", "password_row_count", "password_rows",
                      "password_uat", "scep_preferences"},
    "segment.c": {"rows"},
    "show_cms.c": {"builtin_protocols", "certificate_handle", "content_handle", "content_info_handle", "list_handle",
                   "request_handle"},
    "taps/enrollments.c": {"column_count", "columns", "shown"},
    "taps/tap.c": {"export_tap", "report_tap"},
    "taps/tree.c": {"branches"},
    "user_hints.c": {"hints_file", "row_count", "rows", "uat"},
}


# Numbers and tables by which fields, subtrees and expert items are registered.
REGISTERED = re.compile(r"(hf|ett|ei|proto)(_|$)|\w+_experts$|(\w+_)?fields$|(single|items|ui|text|json|table|filter)$")


def _objects():
    folder = os.environ.get("SCEP_BUILD")
    if not folder or not (Path(folder) / "CMakeFiles" / "scep.dir").is_dir():
        pytest.skip("set SCEP_BUILD to a folder that CMake has built in")
    return Path(folder)


def _tool(name):
    """@return path of a tool of Wireshark's source tree"""
    folder = os.environ.get("SCEP_WIRESHARK_SOURCE")
    if not folder:
        pytest.skip("SCEP_WIRESHARK_SOURCE names no source tree of Wireshark, and apt could not fetch its tools")
    path = Path(folder) / "tools" / name
    assert path.is_file(), "SCEP_WIRESHARK_SOURCE: there is no %s" % path
    return path


def _says(*command):
    """@return what a tool prints, without blank lines"""
    folder = os.environ["SCEP_WIRESHARK_SOURCE"]
    run = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         encoding="utf-8", check=False)
    return [line for line in run.stdout.splitlines() if line.strip()]


def _variables(path):
    """@return names of the variables of an object file that may be written to"""
    listing = subprocess.run(["objdump", "-t", path], check=True, capture_output=True, text=True).stdout
    writable = r" O \.(?:data|bss)(?:\.rel|\.rel\.local)?\t[0-9a-f]+ +(?:\.hidden )?(\S+)$"
    return {name.split(".")[0] for name in re.findall(writable, listing, re.M)}


def test_nothing_else_is_kept():
    """A variable that is to live as long as a capture file belongs into CaptureFile (capture_file.h)."""
    folder = _objects() / "CMakeFiles" / "scep.dir" / "plugin" / "wireshark"
    found = {}
    for source in sorted(HALF.rglob("*.c")):
        name = str(source.relative_to(HALF))
        kept = {symbol for symbol in _variables(folder / (name + ".o")) if not REGISTERED.match(symbol)}
        if kept - KEPT.get(name, set()):
            found[name] = sorted(kept - KEPT.get(name, set()))
    assert found == {}


def test_unused_parameters_are_marked():
    """By _U_, as Wireshark does it."""
    found = ["%s:%d" % (path.relative_to(TREE), number) for path in SOURCES
             for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
             if re.match(r"\s*\(void\)\s*\w+;", line)]
    assert found == []


def test_checkhf():
    assert _says("perl", _tool("checkhf.pl"), *SOURCES) == []


def test_check_apis():
    assert _says("perl", _tool("checkAPIs.pl"), *SOURCES) == []


def test_check_typed_item_calls():
    tool = _tool("check_typed_item_calls.py")
    said = [line for path in SOURCES if path.suffix == ".c"
            for line in _says(sys.executable, "-B", tool, "--file", path)]
    assert [line for line in said if re.search(r"warning|error|issue", line, re.I) and
            not re.match(r"0 (warnings|errors)", line)] == []
    assert len([line for line in said if line.startswith("0 warnings")]) == len([path for path in SOURCES
                                                                                 if path.suffix == ".c"])
