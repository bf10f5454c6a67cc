# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin reads is what the peers themselves say of the exchange: their logs, files and keys.

captures/expected/NAME.json of a recorded capture lists the exchanges in order, from those sources.
"""

import pytest

from support.facts import all_facts
from support.together import Together
from support.tshark import CAPTURES

FIELDS = ["frame.number", "scep.operation", "scep.ca_identifier", "scep.http_status", "scep.request_in",
          "scep.message_type", "scep.pki_status", "scep.fail_info", "scep.transaction_id"]


RECORDED = {name: facts for name, facts in all_facts().items() if "exchanges" in facts}


@pytest.fixture(scope="module", params=[pytest.param(how, marks=pytest.mark.xdist_group("peers"), id=how)
                                        for how in ("one_pass", "two_passes")])
def read(request, tshark, tmp_path_factory):
    """{capture: frames} of all recorded captures, read together"""
    paths = [CAPTURES / facts["capture"] for facts in RECORDED.values()]
    together = Together(paths, tmp_path_factory.mktemp("peers") / "together.pcapng")
    result = {path.name: [] for path in paths}
    for frame in tshark.fields(together.path, *FIELDS, only="scep", two_pass=request.param == "two_passes"):
        result[together.place(frame["frame.number"][0])[0] + ".pcapng"].append(frame)
    return result


def exchanges_seen(frames):
    """Requests with their answers, each a dict of fields; one entry per request, in order."""
    requests, answers = [], {}
    for frame in frames:
        for request in frame["scep.request_in"]:
            answers.setdefault(request, []).append(frame)
        if not frame["scep.http_status"]:
            requests.append(frame)
    return [(request, (answers.get(request["frame.number"][0]) or [{}])[0]) for request in requests]


def check(frames, facts):
    seen = exchanges_seen(frames)
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


@pytest.mark.parametrize("name", RECORDED)
def test_reads_what_the_peers_say(read, name):
    facts = RECORDED[name]
    if not facts.get("ordered", True):
        pytest.skip("exchanges overlap: the order of the list is not the order of the wire")
    check(read[facts["capture"]], facts)
