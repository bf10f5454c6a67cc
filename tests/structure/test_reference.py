# SPDX-License-Identifier: GPL-2.0-or-later
"""plugin/hints.md says what the catalogue and the rules say."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PLUGIN = Path(__file__).resolve().parents[2] / "plugin"


@pytest.fixture(scope="module")
def reference():
    """plugin/catalogue/reference.py as a module"""
    spec = importlib.util.spec_from_file_location("reference", PLUGIN / "catalogue" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date(reference):
    written = (PLUGIN / "hints.md").read_text(encoding="utf-8")
    assert written == reference.document(), "run plugin/catalogue/reference.py"


def test_the_reference_has_every_hint(reference):
    """The ids as a plain search finds them, and all members of each."""
    text = "".join(path.read_text(encoding="utf-8") for path in (PLUGIN / "catalogue").glob("hints_*.inc"))
    rows = [hint for _, hint in reference.hints()]
    assert sorted(hint["id"] for hint in rows) == sorted(re.findall(r"^SCEP_HINT\((\w+),", text, re.M))
    members = reference.STRINGS | reference.PLAIN
    assert [hint["id"] for hint in rows if not hint.keys() >= members] == []


def test_rules_raise_hints_of_the_catalogue(reference):
    """A rule that the script reads wrongly would name what is no hint."""
    rules = reference.ruled()
    assert rules and rules <= {hint["id"] for _, hint in reference.hints()}


def test_strings_are_read_as_c_reads_them(reference):
    text = """/* h.inc: SPDX */ /* A. Part */ SCEP_HINT(ab, /* no */ .stage = 2, .text = "\\"C:\\\\x; \\"" "y",
              .explains = SCEP_HINTS(SCEP_HINT_other, (CLOCK)), .settled_by_success = true)"""
    assert reference.hints_of(text) == [("A. Part",
                                         {"id": "ab", "stage": "2", "text": '"C:\\x; "y', "not_shown": None})]


@pytest.mark.skipif(not shutil.which("man"), reason="needs man")
def test_the_manual_page_has_no_errors():
    process = subprocess.run(["man", "--warnings", "-l", PLUGIN / "wireshark-scep.7"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert "WIRESHARK" in process.stdout.upper()
