# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin reads from a made message is what the maker put into it.

captures/expected/NAME.json of a synthetic capture lists every message that was made: its frame, and its fields as the
maker knows them.
"""


import pytest

from support.facts import all_facts
from support.together import Together
from support.tshark import CAPTURES

FACTS = all_facts()
MADE = [name for name, facts in FACTS.items() if "messages" in facts]

# key of the expectation file: field
FIELDS = {"operation": "scep.operation", "http_status": "scep.http_status", "ca_identifier": "scep.ca_identifier",
          "message_type": "scep.message_type", "transaction_id": "scep.transaction_id",
          "pki_status": "scep.pki_status", "fail_info": "scep.fail_info", "fail_info_text": "scep.fail_info_text",
          "sender_nonce": "scep.sender_nonce", "recipient_nonce": "scep.recipient_nonce",
          "digest": "scep.digest.algorithm", "encryption": "scep.encryption.algorithm",
          "request_frame": "scep.request_in"}

# Made so that a field cannot be read, or another value is right; each of them has its own test or unit test. A capture
# that lacks bytes, or needs a preference, is read as far as it goes.
UNREADABLE = {"synthetic-hostile", "synthetic-snaplen", "synthetic-out-of-order", "synthetic-damaged"}
SAME_VALUE = {"AES-128-GCM": "id-aes128-GCM", "AES-192-GCM": "id-aes192-GCM", "AES-256-GCM": "id-aes256-GCM"}


def wanted_of(message):
    """{field: text} of what the maker knows"""
    if message.get("odd") or message.get("cut_to") or message.get("damaged") or message.get("cut"):
        keys = ["operation", "http_status"]
    else:
        keys = list(FIELDS)
    return {FIELDS[key]: str(message[key]) for key in keys if message.get(key) not in (None, "")}


def shown(value):
    """Text with control characters, which a transactionID may have, is shown in hexadecimal."""
    return value if value.isprintable() else value.encode("utf-8").hex()


@pytest.fixture(scope="module")
def read(tshark, tmp_path_factory):
    """{capture: {frame: fields}} of all of them, read together where their connections differ"""
    alone = [name for name in MADE if FACTS[name].get("alone")]
    paths = [CAPTURES / (name + ".pcapng") for name in MADE if name not in UNREADABLE and name not in alone]
    together = Together(paths, tmp_path_factory.mktemp("synthetic") / "together.pcapng")
    result = {path.stem: {} for path in paths}
    for frame in tshark.fields(together.path, "frame.number", *FIELDS.values(), only="scep"):
        name, number, first = together.place(frame["frame.number"][0])
        frame["scep.request_in"] = [str(int(request) - first) for request in frame["scep.request_in"]]
        result[name][number] = frame
    for name in alone:
        frames = tshark.fields(CAPTURES / (name + ".pcapng"), "frame.number", *FIELDS.values(), only="scep")
        result[name] = {int(frame["frame.number"][0]): frame for frame in frames}
    return result


@pytest.mark.xdist_group("synthetic")
@pytest.mark.parametrize("name", [name for name in MADE if name not in UNREADABLE])
def test_reads_what_was_made(read, name):
    missing = []
    for message in FACTS[name]["messages"]:
        frame = read[name].get(message["frame"], {})
        for field, value in wanted_of(message).items():
            if SAME_VALUE.get(value, value) not in frame.get(field, []) and shown(value) not in frame.get(field, []):
                missing.append("frame %d: %s: %s is not in %s" % (message["frame"], field, value, frame.get(field)))
    assert FACTS[name]["messages"]
    assert not missing, "\n".join(missing[:30])


def test_one_message_in_every_encoding_is_one_message(tshark):
    """The same PKCSReq by GET in each encoding, and by POST."""
    fields = ["scep.message_type", "scep.transaction_id", "scep.sender_nonce", "scep.digest.algorithm",
              "scep.digest.status", "scep.signature.status", "scep.encryption.algorithm", "scep.signer.serial",
              "scep.recipient.serial"]
    frames = {int(frame["frame.number"][0]): frame for frame in
              tshark.fields(CAPTURES / "synthetic-get-encodings.pcapng", "frame.number", *fields,
                            only="scep.message_type != 3")}
    made = {}
    for message in FACTS["synthetic-get-encodings"]["messages"]:
        if message["kind"] == "request" and "get_encoding" in message or message["method"] == "POST":
            made.setdefault(message.get("sender_nonce"), []).append(message)
    series = max(made.values(), key=len)
    assert len({message.get("get_encoding") for message in series if message["kind"] == "request"}) >= 11
    seen = [{name: frames[message["frame"]][name] for name in fields}
            for message in series if message["kind"] == "request"]
    assert all(one == seen[0] for one in seen)
    assert all(seen[0].values())


@pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])
@pytest.mark.parametrize("name,status",
                         [(name, status) for name in ("scepclient-same-transaction", "ndes-same-transaction")
                                         for status in (0, 2)])
def test_a_status_selects_its_answer(tshark, name, status, two_pass):
    """Accepted and refused under one transactionID."""
    capture = CAPTURES / (name + ".pcapng")
    assert len(tshark.frames(capture, "scep.pki_status == %d" % status, two_pass=two_pass)) == 1


def test_every_message_of_an_enrollment_says_scep(tshark):
    rows = tshark.rows(CAPTURES / "scepclient-same-transaction.pcapng")
    assert sum(row.protocol == "SCEP" for row in rows) == 20
    assert tshark.frames(CAPTURES / "scepclient-same-transaction.pcapng", "_ws.malformed") == []


def test_what_is_cut_says_so_and_shows_the_rest(tshark):
    frames = tshark.fields(CAPTURES / "synthetic-snaplen.pcapng", "scep.operation", "scep.hint.id", only="scep")
    assert sum("message_cut" in frame["scep.hint.id"] for frame in frames) >= 2
    assert all(frame["scep.operation"] for frame in frames)


def test_absurd_messages_have_a_reason(tshark):
    """Every hostile message that Wireshark hands over has an expert item of ours, none stops the dissection."""
    made = [message
            for message in FACTS["synthetic-hostile"]["messages"] if message["kind"] == "request"
            and message.get("odd")]
    frames = tshark.fields(CAPTURES / "synthetic-hostile.pcapng", "frame.number", "scep.operation",
                           "_ws.expert.message", only="scep")
    told = {int(frame["frame.number"][0]): frame["_ws.expert.message"] for frame in frames}
    assert len(made) > 20
    assert sum(bool(told.get(message["frame"]) or told.get(message.get("response_frame")))
               for message in made) >= len(made) * 0.9
