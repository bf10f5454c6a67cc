# SPDX-License-Identifier: GPL-2.0-or-later
"""The filter fields are the API: names and types stay."""

import re
from pathlib import Path

import pytest

CONTRACT = [line.split("\t") for line in
            (Path(__file__).parent / "field_contract.txt").read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def own_fields(tshark):
    """{filter name: (type, description)} of the plugin's protocols"""
    fields = {}
    for line in tshark.run("-G", "fields", quiet=False).splitlines():
        cells = line.split("\t")
        if cells[0] == "F" and cells[2].split(".")[0] in ("scep", "wcce"):
            fields[cells[2]] = (cells[3], cells[7] if len(cells) > 7 else "")
    return fields


@pytest.mark.parametrize("name,kind", CONTRACT)
def test_field_keeps_name_and_type(own_fields, name, kind):
    assert own_fields[name][0] == kind


def test_every_field_says_what_it_is(own_fields):
    """Tooltips: no field without a description, and none that only repeats its name."""
    silent = [name for name, (_, blurb) in own_fields.items()
              if not blurb and not re.match(r"(scep|wcce)\.(problem|hint|settled|base64|builtin_|key_readable|"
                                            r"refused$|unreadable$|nonsense$)", name)]
    assert silent == []


def test_each_hint_is_an_expert_item(own_fields):
    hints = [name for name in own_fields if re.fullmatch(r"scep\.hint\.[a-z0-9_]+_[a-z0-9_]+", name)]
    assert len(hints) >= 20
