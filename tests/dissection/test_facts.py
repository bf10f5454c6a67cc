# SPDX-License-Identifier: GPL-2.0-or-later
"""What requests tell when they are held against each other, on captures after public reports and their healthy twins;
one pass and two passes say the same."""

import json

import pytest

from support.facts import facts_of
from support.tshark import CAPTURES

PASSES = pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])
NOTE, WARNING, ERROR = 1, 2, 3

# capture: (leading hint, its severity, words of one of the hints) of the enrollment that is refused
REFUSED = {
    "synthetic-constructed-content": ("server_cannot_read_ber", ERROR, "encryptedContent: constructed of pieces (BER) "
                                      "(served: in one piece)"),
    "synthetic-ber-pieces-refused": ("server_cannot_read_ber", ERROR, "Digest and signature of the request are good"),
    "synthetic-ec-key-not-delivered": ("ec_key_not_delivered", ERROR, "the request was taken (PENDING)"),
    "synthetic-plus-not-escaped": ("pkiop_get_bad_base64", ERROR, "with '+' put back, digest and signature are good"),
}

# Told of the ones above, and never where the same was served.
DRAWN = {"only_refused_have", "ber_not_read", "ec_key_not_delivered"}
SERVED = ["synthetic-ber-pieces-served", "synthetic-plus-served", "synthetic-issued"]


def told(tshark, name, two_pass):
    keys = [text for paths in facts_of(name)["keys"].values() for path in paths
            for text in ("-o", 'uat:scep_keys:"%s","",""' % (CAPTURES / path))]
    text = tshark.read(CAPTURES / (name + ".pcapng"), "-q", "-z", "scep,report,json", *keys, two_pass=two_pass)
    return [one for one in map(json.loads, text.splitlines()) if one["type"] == "enrollment"]


@PASSES
@pytest.mark.parametrize("name", REFUSED)
def test_what_a_refused_one_differs_by(tshark, name, two_pass):
    hint, severity, words = REFUSED[name]
    refused = [one for one in told(tshark, name, two_pass) if one["outcome"] == "refused"]
    assert [one["leading"] for one in refused] == [hint]
    assert refused[0]["hints"][0]["severity"] == severity
    assert any(words in hint["text"] for hint in refused[0]["hints"])


@PASSES
@pytest.mark.parametrize("name", SERVED)
def test_served_twins_are_silent(tshark, name, two_pass):
    for one in told(tshark, name, two_pass):
        assert not DRAWN & {hint["id"] for hint in one["hints"]}
        if name != "synthetic-issued":
            assert max(hint["severity"] for hint in one["hints"]) == NOTE


@PASSES
def test_a_sid_that_was_left_out_is_a_note(tshark, two_pass):
    (one,) = told(tshark, "synthetic-sid-left-out", two_pass)
    hints = {hint["id"]: hint["severity"] for hint in one["hints"]}
    assert (one["outcome"], hints["issued_lacks_sid"], max(hints.values())) == ("issued", NOTE, NOTE)
    assert "issued_lacks_asked" not in hints
