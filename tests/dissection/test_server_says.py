# SPDX-License-Identifier: GPL-2.0-or-later
"""The words of a server stand in a field, in the Info column and in the report, the same in one pass and two; they
lead; and nothing secret is in them."""

import json

import pytest

from support.facts import facts_of
from support.pcap import Pcap, http_request, http_response
from support.tshark import CAPTURES

PASSES = pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])
QUOTED = ["synthetic-says-algorithm", "synthetic-says-renewal", "synthetic-says-seat", "synthetic-port-in-path"]

# Refused although nothing is wrong with the message: what the server says of it misleads.
IN_BER = {"synthetic-ber-pieces-refused": "digest differs", "synthetic-constructed-content": "could not be parsed"}
CHALLENGE = "6A1CC4B4B5D1A0E5"


def enrollments(tshark, path, **how):
    text = tshark.read(path, "-q", "-z", "scep,report,json", **how)
    return [one for one in map(json.loads, text.splitlines()) if one["type"] == "enrollment"]


@PASSES
@pytest.mark.parametrize("name", QUOTED)
def test_quoted(tshark, name, two_pass):
    made, path = facts_of(name)["enrollments"], CAPTURES / (name + ".pcapng")
    told = enrollments(tshark, path, two_pass=two_pass)
    assert [{key: one[key] for key in wanted} for one, wanted in zip(told, made)] == made
    words = made[0]["server_says"]
    frames = tshark.fields(path, "frame.number", "scep.server.says", only="scep.http_status >= 400", two_pass=two_pass)
    assert len(frames) > 1 and all(frame["scep.server.says"] == [words] for frame in frames)
    assert all('"%s"' % words in row.info
               for row in tshark.rows(path, only="scep.http_status >= 400", two_pass=two_pass))
    report = " ".join(tshark.read(path, "-q", "-z", "scep,report", two_pass=two_pass).split())
    assert 'The server says: "%s"' % words in report


@pytest.mark.parametrize("name", sorted(IN_BER))
def test_words_about_ber(tshark, name):
    told = enrollments(tshark, CAPTURES / (name + ".pcapng"))
    refused = [one for one in told if one["outcome"] == "refused"]
    assert refused and {one["leading"] for one in refused} == {"server_cannot_read_ber"}
    assert all(IN_BER[name] in one["server_says"] for one in refused)
    assert not any(hint["id"] == "http_500_after_bad_challenge" for one in told for hint in one["hints"])


def test_nothing_secret_is_quoted(tshark, tmp_path):
    """A challenge that is repeated, the page that hands one out, and control characters."""
    pcap = Pcap()
    connection = pcap.tcp()
    bodies = [("/scep", 'the challenge "%s" has expired' % CHALLENGE),
              ("/scep", json.dumps({"message": "challengePassword=%s is wrong" % CHALLENGE})),
              ("/scep", "<html><title>No</title><h1>challenge: %s</h1></html>" % CHALLENGE),
              ("/certsrv/mscep_admin/", "<P> The enrollment challenge password is: <B> %s </B>" % CHALLENGE),
              ("/scep", "no \x1b[2J seat\r\n\u202eknown")]
    for path, body in bodies:
        target = path if "admin" in path else path + "?operation=GetCACaps"
        connection.exchange(http_request("GET", target), http_response(500, body.encode(), "text/plain"))
    connection.close()
    path = pcap.write(tmp_path / "secrets.pcap")
    says = [frame["scep.server.says"] for frame in tshark.fields(path, "scep.server.says", only="scep.http_status")]
    assert says == [['the challenge "***" has expired'], ["challengePassword=*** is wrong"], ["No: challenge: ***"], [],
                    ["no ?[2J seat ?known"]]
    assert not any(CHALLENGE in row.info for row in tshark.rows(path))
    assert CHALLENGE not in tshark.read(path, "-q", "-z", "scep,report")
    assert CHALLENGE not in tshark.read(path, "-q", "-z", "scep,report,json")
    assert "\x1b" not in tshark.read(path, "-V", only="scep.server.says contains seat").replace("\\033", "")


def test_an_error_on_the_way_to_a_certificate_is_a_note(corpus):
    for name in ("healthy-caps-failed", "healthy-refused-then-issued", "healthy-port-in-path-served"):
        told = [line for line in corpus[name].objects if line["type"] == "enrollment"]
        assert [line["outcome"] for line in told] == ["issued"]
        assert max(hint["severity"] for line in told for hint in line["hints"]) == 1
