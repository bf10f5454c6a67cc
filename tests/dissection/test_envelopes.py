# SPDX-License-Identifier: GPL-2.0-or-later
"""With the keys every envelope opens, in both directions, and holds what the peers say it holds; without them nothing
else is lost. The host's OpenSSL settings do not matter: most of these answers are single DES."""

import hashlib
import subprocess

import pytest

from support.facts import facts_of
from support.tshark import CAPTURES

KEYS = CAPTURES / "keys"
REAL = ["scepclient-issued", "scepclient-refused", "scepclient-same-transaction", "scepclient-renewal",
        "strongswan-enroll"]
INSIDE = ["frame.number", "scep.message_type", "scep.pki_status", "scep.decryption.status", "scep.decryption.key",
          "scep.csr.subject", "scep.csr.key.bits", "scep.csr.signature.status", "scep.spki_sha256",
          "scep.challenge.length", "scep.challenge.sha256", "scep.challenge", "scep.cert.role", "scep.cert.serial"]


def key_options(pattern="real-*.key.pem"):
    """One -o for each key of the lab."""
    return [option for key in sorted(KEYS.glob(pattern)) if "ca.pem" not in key.name
            for option in ("-o", 'uat:scep_keys:"%s","","%s"' % (key, key.stem))]


def messages_of(name):
    return [exchange["message"] for exchange in facts_of(name)["exchanges"] if exchange.get("message")]


def opened(tshark, name, *options):
    frames = tshark.fields(CAPTURES / (name + ".pcapng"), *INSIDE, only="scep.message_type",
                           options=[*key_options(), *options])
    requests = [frame for frame in frames if frame["scep.message_type"] != ["3"]]
    answers = [frame for frame in frames if frame["scep.message_type"] == ["3"]]
    return requests, answers


@pytest.mark.parametrize("name", REAL)
def test_requests_open_with_the_key_of_the_ca(tshark, name):
    requests, _ = opened(tshark, name)
    wanted = messages_of(name)
    assert len(requests) == len(wanted)
    for frame, message in zip(requests, wanted):
        assert frame["scep.decryption.status"] == ["1"]
        assert frame["scep.csr.subject"] == [message["csr_subject"]]
        assert frame["scep.spki_sha256"] == [message["spki_sha256"]]
        assert frame["scep.csr.key.bits"] == [str(message["key_bits"])]
        assert frame["scep.csr.signature.status"] == ["1"]
        if message.get("challenge"):
            assert frame["scep.challenge.length"] == [str(message["challenge"]["length"])]
            assert frame["scep.challenge.sha256"] == [message["challenge"]["sha256"]]


@pytest.mark.parametrize("name", REAL)
def test_answers_open_with_the_key_of_the_device(tshark, name):
    _, answers = opened(tshark, name)
    granted = [frame for frame in answers if frame["scep.pki_status"] == ["0"]]
    wanted = [message for message in messages_of(name) if message.get("pki_status") == 0]
    assert len(granted) == len(wanted) > 0 or not wanted
    for frame, message in zip(granted, wanted):
        assert frame["scep.decryption.status"] == ["1"]
        issued = {serial.lstrip("0") for role, serial in zip(frame["scep.cert.role"], frame["scep.cert.serial"])
                  if role == "issued"}
        if message.get("issued"):
            assert message["issued"]["serial"].replace(":", "").lower().lstrip("0") in issued


def test_the_wrong_key_opens_nothing_and_says_so(tshark):
    wrong = ["-o", 'uat:scep_keys:"%s","","wrong"' % (KEYS / "real-device-b.key.pem")]
    frames = tshark.fields(CAPTURES / "scepclient-issued.pcapng", "scep.decryption.status", "scep.decryption.reason",
                           "scep.csr.subject", only="scep.decryption.status", options=wrong)
    assert frames
    for frame in frames:
        assert frame["scep.decryption.status"] in (["2"], ["3"])
        assert frame["scep.decryption.reason"] and frame["scep.decryption.reason"][0]
        assert frame["scep.csr.subject"] == []


def test_switched_off(tshark):
    frames = tshark.fields(CAPTURES / "scepclient-issued.pcapng", "scep.decryption.status",
                           only="scep.decryption.status", options=[*key_options(), "-o", "scep.decrypt:FALSE"])
    assert {frame["scep.decryption.status"][0] for frame in frames} == {"4"}


def test_challenge_is_hidden_until_asked_for(tshark):
    capture = CAPTURES / "scepclient-issued.pcapng"
    wanted = messages_of("scepclient-issued")[0]["challenge"]["sha256"]
    masked = tshark.read(capture, "-V", "-x", *key_options(), only="scep")
    shown = tshark.values(capture, "scep.challenge", only="scep",
                          options=[*key_options(), "-o", "scep.reveal_challenge:TRUE"])
    assert [hashlib.sha256(text.encode()).hexdigest() for text in shown] == [wanted]
    assert shown[0] not in masked
    assert "Decrypted PKCS#10" in masked


def test_nothing_but_the_inside_is_lost_without_keys(tshark):
    capture = CAPTURES / "scepclient-issued.pcapng"
    names = ["frame.number", "scep.operation", "scep.transaction_id", "scep.sender_nonce", "scep.signer.subject",
             "scep.recipient.serial", "scep.encryption.algorithm", "scep.digest.status", "scep.signature.status"]
    assert tshark.fields(capture, *names, only="scep") == tshark.fields(capture, *names, only="scep",
                                                                          options=key_options())
    reasons = tshark.values(capture, "scep.decryption.reason", only="scep")
    assert len(reasons) == 2


def test_a_flipped_bit_turns_the_right_status(tshark):
    """damaged-messages: sound, then one bit each in the content, an attribute and the signature."""
    frames = tshark.fields(CAPTURES / "damaged-messages.pcapng", "scep.digest.status", "scep.signature.status",
                           only="scep.message_type && scep.message_type != 3")
    assert [(frame["scep.digest.status"][0], frame["scep.signature.status"][0]) for frame in frames] == [
        ("1", "1"), ("2", "1"), ("1", "2"), ("1", "2")]


def test_signer_is_found_in_the_getcacert_answer(tshark):
    """NDES puts no certificate into its answers."""
    frames = tshark.fields(CAPTURES / "ndes-refused.pcapng", "scep.signature.status", "scep.signer.in",
                           only="scep.pki_status")
    assert frames == [{"scep.signature.status": ["1"], "scep.signer.in": ["19"]}]


@pytest.mark.parametrize("two_pass", [False, True])
@pytest.mark.parametrize("where", ["first frame", "message"])
def test_a_capture_may_bring_its_content_keys_along(tshark, tmp_path, where, two_pass):
    """In a comment, beside what else a comment says; so a ticket is one file."""
    capture = CAPTURES / "scepclient-renewal.pcapng"
    log = tshark.run("-r", capture, "-q", *key_options(), "-z", "scep,ceklog")
    wanted = tshark.fields(capture, *INSIDE[:4], only="scep.decryption.status", options=key_options())
    assert ["1"] in [frame["scep.decryption.status"] for frame in wanted]
    path = tmp_path / "ticket.pcapng"
    frames = [1] if where == "first frame" else tshark.frames(capture, "scep.decryption.status")
    subprocess.run(["editcap", *(word for frame in frames for word in ("-a", "%d:Ticket 1\n%s" % (frame, log))),
                    capture, path], check=True)
    assert tshark.fields(path, *INSIDE[:4], only="scep.decryption.status", two_pass=two_pass) == wanted


def test_a_comment_without_keys_changes_nothing(tshark, tmp_path):
    capture, path = CAPTURES / "scepclient-renewal.pcapng", tmp_path / "noted.pcapng"
    subprocess.run(["editcap", "-a", "1:SCEP-CEK is not here", capture, path], check=True)
    assert tshark.values(path, "scep.decryption.status") == tshark.values(capture, "scep.decryption.status")
