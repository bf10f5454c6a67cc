# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin reads is what the peers themselves say of the exchange: their logs, files and keys.

captures/expected/NAME.json of a recorded capture lists the exchanges in order, from those sources.
"""

import json

import pytest

from support.tshark import CAPTURES

EXPECTED = sorted((CAPTURES / "expected").glob("*.json"))
FIELDS = ["frame.number", "scep.operation", "scep.ca_identifier", "scep.http_status", "scep.request_in",
          "scep.message_type", "scep.pki_status", "scep.fail_info", "scep.transaction_id"]


def recorded():
    """(name, facts) of the captures that were recorded from real peers"""
    for path in EXPECTED:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if "exchanges" in facts:
            yield pytest.param(facts, id=path.stem)


def exchanges_seen(tshark, capture, **how):
    """Requests with their answers, each a dict of fields; one entry per request, in order."""
    requests, answers = [], {}
    for frame in tshark.fields(capture, *FIELDS, only="scep", **how):
        for request in frame["scep.request_in"]:
            answers.setdefault(request, []).append(frame)
        if not frame["scep.http_status"]:
            requests.append(frame)
    return [(request, (answers.get(request["frame.number"][0]) or [{}])[0]) for request in requests]


def check(tshark, facts, **how):
    seen = exchanges_seen(tshark, CAPTURES / facts["capture"], **how)
    wanted = facts["exchanges"]
    # A POST without an operation parameter is told by its body.
    assert [operation for request, _ in seen for operation in request["scep.operation"]] == [
        exchange["operation"] or "PKIOperation" for exchange in wanted]
    if any(len(request["scep.operation"]) > 1 for request, _ in seen):
        return  # pipelined: several messages share a frame, so their fields cannot be told apart this way
    for (request, answer), exchange in zip(seen, wanted):
        assert answer.get("scep.http_status", []) == (
            [str(exchange["http_status"])] if exchange.get("http_status") else [])
        assert request["scep.ca_identifier"] == ([exchange["ca_identifier"]] if exchange.get("ca_identifier") else [])
        message = exchange.get("message")
        if not message:
            continue
        assert request["scep.transaction_id"] == [message["transaction_id"]]
        assert request["scep.message_type"] == [str(message["message_type"])]
        if exchange.get("http_status") != 200 or "pki_status" not in message:
            continue
        assert answer["scep.pki_status"] == [str(message["pki_status"])]
        if "fail_info" in message:
            assert answer["scep.fail_info"] == [str(message["fail_info"])]
        assert answer["scep.transaction_id"] == [message["transaction_id"]]


@pytest.mark.parametrize("facts", recorded())
@pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])
def test_reads_what_the_peers_say(tshark, facts, two_pass):
    if not facts.get("ordered", True):
        pytest.skip("exchanges overlap: the order of the list is not the order of the wire")
    check(tshark, facts, two_pass=two_pass)
