# SPDX-License-Identifier: GPL-2.0-or-later
"""A number has one name, wherever it is shown: in the Info column, in the tree, in the report."""

import re

import pytest

CAPTURE = "synthetic-messages.pcapng"


@pytest.fixture(scope="module")
def names(tshark):
    """{field: {number: name}}, as the tree shows them"""
    found = {}
    for line in tshark.report("values"):
        cells = line.split("\t")
        if cells[0] == "V" and cells[1].startswith("scep."):
            found.setdefault(cells[1], {})[cells[2]] = cells[3]
    return found


@pytest.mark.parametrize("field,where", [("scep.message_type", "http.request"), ("scep.pki_status", "http.response"),
                                         ("scep.fail_info", "http.response")])
def test_info_and_tree_say_the_same(tshark, captures, names, field, where):
    """The capture has most numbers that have a name, those of Microsoft among them."""
    seen = set()
    info = {row.frame: row.info for row in tshark.rows(captures / CAPTURE, only="scep")}
    for frame in tshark.fields(captures / CAPTURE, field, "frame.number", only="%s && %s" % (field, where)):
        for number in set(frame[field]) & set(names[field]):
            name = names[field][number].split(":")[0]
            assert re.search(r"\b%s\b" % name, info[int(frame["frame.number"][0])])
            seen.add(name)
    assert len(seen) >= 4


@pytest.mark.parametrize("number,name", [("41", "ClaimChallengeAnswer"), ("11", "PENDING_CHALLENGE")])
def test_microsofts_numbers_have_names(names, number, name):
    assert name in (names["scep.message_type"].get(number), names["scep.pki_status"].get(number))


def test_stages_have_one_name(tshark, captures, names):
    """The report names a stage as the tree does; it breaks lines where it likes."""
    report = tshark.read(captures / "stages-all-encrypted.pcapng", "-q", "-z", "scep,report")
    told = " ".join(report.split())
    assert sorted(names["scep.stage"]) == list("123456")
    for name in (names["scep.stage"]["1"], names["scep.stage"]["2"], names["scep.stage"]["6"]):
        assert name in told
