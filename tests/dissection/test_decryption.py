# SPDX-License-Identifier: GPL-2.0-or-later
"""With every key of the lab, what stands inside the made envelopes is what their maker put in: each content cipher,
recipient type, string type and kind of damage."""

import hashlib

import pytest
from cryptography import x509
from cryptography.x509.oid import AttributeOID

from support.facts import all_facts, facts_of
from support.together import Together
from support.tshark import CAPTURES

KEYS = CAPTURES / "keys" / "synthetic"
FACTS = all_facts()
MADE = [name for name, facts in FACTS.items() if any("content" in message for message in facts.get("messages", []))]

# A body that lacks bytes, or is absurd on purpose, opens as far as it goes; and some need a preference to be read.
NOT_WHOLE = {"synthetic-hostile", "synthetic-snaplen", "synthetic-out-of-order", "synthetic-segments"}
STATUS = {"good": "1", "bad": "2"}
FIELDS = ["frame.number", "scep.decryption.status", "scep.decryption.reason", "scep.csr.subject", "scep.csr.san",
          "scep.csr.signature.status", "scep.csr.key.bits", "scep.spki_sha256", "scep.challenge.length",
          "scep.challenge.sha256", "scep.payload.issuer", "scep.payload.subject", "scep.payload.serial",
          "scep.cert.role", "scep.cert.serial", "scep.digest.status", "scep.signature.status"]


def lab_keys():
    # Of a recipient that the capture does not introduce, only the first keys are tried; one capture has such.
    options = [text
               for key in sorted(KEYS.glob("*.key.pem"), key=lambda path: (not path.name.startswith("second-"), path))
               for text in ("-o", 'uat:scep_keys:"%s","","%s"' % (key, key.name.removesuffix(".key.pem")))]
    password = (KEYS / "pwri.password").read_text(encoding="utf-8").strip()
    return [*options, "-o", 'uat:scep_passwords:"%s","lab"' % password]


@pytest.fixture(scope="module")
def opened(tshark, tmp_path_factory):
    """{capture: {frame: fields}} of all of them, read together with all keys"""
    paths = [CAPTURES / (name + ".pcapng") for name in MADE if name not in NOT_WHOLE]
    together = Together(paths, tmp_path_factory.mktemp("decryption") / "together.pcapng")
    result = {path.stem: {} for path in paths}
    for frame in tshark.fields(together.path, *FIELDS, only="scep.message_type", options=lab_keys()):
        name, number, _ = together.place(frame["frame.number"][0])
        result[name][number] = frame
    return result


def whole(message):
    """The envelope is there, nothing in the message was broken on purpose, and its maker could open it with OpenSSL."""
    return message.get("content") == "enveloped" and message.get("openssl_opens", True) and not any(
        message.get(key) for key in ("odd", "cut_to", "damaged", "damaged_envelope", "cut"))


def wanted_of(message):
    """{field: values} of what is inside, as the maker knows it"""
    wanted = {"scep.decryption.status": ["1"]}
    if "csr_subject" in message and message["kind"] == "request":
        wanted["scep.csr.subject"] = [message["csr_subject"]] if message["csr_subject"] else []
        wanted["scep.csr.san"] = message["csr_san"]
        wanted["scep.csr.key.bits"] = [str(message["key_bits"])]
        wanted["scep.csr.signature.status"] = [STATUS[message.get("csr_signature_status", "good")]]
        wanted["scep.spki_sha256"] = [message["spki_sha256"]]
        challenge = message.get("challenge")
        wanted["scep.challenge.length"] = [str(challenge["length"])] if challenge else []
        wanted["scep.challenge.sha256"] = [challenge["sha256"]] if challenge else []
    for key, text in message.get("asks_for", {}).items():
        wanted["scep.payload." + key] = [text]
    return wanted


def issued_serials(frame):
    return [serial.lstrip("0") for role, serial in zip(frame["scep.cert.role"], frame["scep.cert.serial"])
            if role == "issued"]


@pytest.mark.xdist_group("decryption")
@pytest.mark.parametrize("name", [name for name in MADE
                                  if name not in NOT_WHOLE and any(map(whole, FACTS[name]["messages"]))])
def test_opens_and_holds_what_was_put_in(opened, name):
    wrong = []
    for message in filter(whole, FACTS[name]["messages"]):
        frame = opened[name].get(message["frame"])
        where = "frame %d (%s)" % (message["frame"], message.get("case", message.get("message_type")))
        if frame is None:
            wrong.append(where + ": is not there")
            continue
        wrong += ["%s: %s is %s, not %s (%s)" % (where, field, frame[field], values, frame["scep.decryption.reason"])
                  for field, values in wanted_of(message).items() if frame[field] != values]
        serial = message.get("issued", {}).get("serial")
        if serial and message["kind"] == "response" and serial.lstrip("0") not in issued_serials(frame):
            wrong.append("%s: %s is not in %s" % (where, serial, issued_serials(frame)))
    assert not wrong, "\n".join(wrong[:20])


# The answer is signed by a node whose certificates no GetCACert answer of the capture has; and no messageDigest binds.
SIGNER_UNKNOWN = {("ndes-two-servers", 31), ("ndes-two-servers", 69), ("ndes-two-servers", 105)}
NO_DIGEST = {("synthetic-attributes", 91)}


@pytest.mark.xdist_group("decryption")
def test_signatures_are_good_unless_they_were_damaged(opened):
    wrong, checked = [], 0
    for name, frames in opened.items():
        for message in FACTS[name]["messages"]:
            if "message_type" not in message or message["frame"] not in frames:
                continue
            where = name, message["frame"]
            wanted = ["0" if where in NO_DIGEST else STATUS[message.get("digest_status", "good")],
                      "3" if where in SIGNER_UNKNOWN else STATUS[message.get("signature_status", "good")]]
            frame = frames[message["frame"]]
            found = [*frame["scep.digest.status"], *frame["scep.signature.status"]]
            checked += 1
            if found != wanted:
                wrong.append("%s frame %d: %s, not %s" % (*where, found, wanted))
    assert not wrong, "\n".join(wrong[:20])
    assert checked > 400


@pytest.mark.xdist_group("decryption")
def test_no_challenge_is_printed_unless_asked_for(tshark):
    """Every string type, and Intune's signed blob."""
    capture, keys = CAPTURES / "synthetic-csr.pcapng", lab_keys()
    secrets = {text for text in tshark.values(capture, "scep.challenge", only="scep",
                                              options=[*keys, "-o", "scep.reveal_challenge:TRUE"]) if len(text) > 5}
    assert len(secrets) >= 12
    printed = tshark.read(capture, "-V", *keys, only="scep")
    assert "Decrypted PKCS#10" in printed
    assert not [secret for secret in secrets if secret in printed]
    assert secrets & set(tshark.values(capture, "x509sat.printableString", only="scep",
                                       options=[*keys, "-o", "scep.reveal_challenge:TRUE"]))


@pytest.mark.xdist_group("decryption")
def test_damage_turns_exactly_the_right_status(opened):
    damaged = [message for message in FACTS["synthetic-damaged"]["messages"] if message.get("damaged")]
    assert len(damaged) >= 8
    for message in damaged:
        frame = opened["synthetic-damaged"][message["frame"]]
        assert frame["scep.digest.status"] == [STATUS[message["digest_status"]]], message["odd"]
        assert frame["scep.signature.status"] == [STATUS[message["signature_status"]]], message["odd"]


@pytest.mark.xdist_group("decryption")
def test_what_cannot_be_opened_has_a_reason(opened):
    """A key encryption key, a KEM, a password derivation without measure, an encrypted key without sense."""
    closed = [(name, message) for name in opened for message in FACTS[name]["messages"]
              if message.get("openssl_opens") is False and not message.get("damaged_envelope")
              # AES-GCM the way that OpenSSL does not write it; and the one that is opened with a key of another
              and name not in ("synthetic-ciphers", "synthetic-wrong-key")]
    assert len(closed) >= 4
    for name, message in closed:
        frame = opened[name][message["frame"]]
        assert frame["scep.decryption.status"] in (["2"], ["3"]), (name, message["frame"])
        assert frame["scep.decryption.reason"][0]
        assert frame["scep.csr.subject"] == []


@pytest.mark.xdist_group("decryption")
def test_an_envelope_damaged_before_it_was_signed_is_said_to_be(opened):
    damaged = [message for message in FACTS["synthetic-damaged"]["messages"] if message.get("damaged_envelope")]
    assert damaged
    for message in damaged:
        frame = opened["synthetic-damaged"][message["frame"]]
        assert frame["scep.digest.status"] == frame["scep.signature.status"] == ["1"]
        assert frame["scep.decryption.status"] == ["3"]
        assert frame["scep.decryption.reason"][0]


def reasons(tshark, name, only, *options):
    return tshark.fields(CAPTURES / (name + ".pcapng"), "scep.decryption.status", "scep.decryption.reason",
                         "scep.csr.subject", only=only, options=options)


def test_the_key_of_another_opens_nothing(tshark):
    frames = reasons(tshark, "synthetic-wrong-key", "scep.message_type == 19",
                     "-o", 'uat:scep_keys:"%s","","unrelated"' % (KEYS / "unrelated.key.pem"))
    assert len(frames) == 1
    assert frames[0]["scep.decryption.status"] == ["2"]
    assert "issuer" in frames[0]["scep.decryption.reason"][0] and "serial" in frames[0]["scep.decryption.reason"][0]
    assert frames[0]["scep.csr.subject"] == []


def test_a_wrong_password_is_told_from_too_much_work(tshark):
    frames = reasons(tshark, "synthetic-recipients", 'scep.recipient.type == "pwri"', "-o",
                     'uat:scep_passwords:"not the password","guess"')
    texts = [frame["scep.decryption.reason"][0] for frame in frames if frame["scep.decryption.reason"]]
    assert sum("password" in text and "iterations" not in text for text in texts) == 2
    assert sum("iterations" in text for text in texts) == 1


# ---- other ways in, and out ------------------------------------------------------------------------------------------

REAL = CAPTURES / "scepclient-renewal.pcapng"
REAL_KEYS = [text for key in ("real-ca", "real-device-a")
             for text in ("-o", 'uat:scep_keys:"%s","","%s"' % (CAPTURES / "keys" / (key + ".key.pem"), key))]
INSIDE = ["frame.number", "scep.decryption.status", "scep.csr.subject", "scep.challenge.sha256", "scep.cert.role",
          "scep.cert.serial"]


def inside(tshark, *options, passes=()):
    return tshark.fields(REAL, *INSIDE, *passes, only="scep.decryption.status", options=options)


def test_content_keys_open_what_the_private_keys_opened(tshark, tmp_path):
    wanted = inside(tshark, *REAL_KEYS)
    assert len(wanted) == 4 and all(frame["scep.decryption.status"] == ["1"] for frame in wanted)
    log = tshark.run("-r", REAL, "-q", *REAL_KEYS, "-z", "scep,ceklog")
    lines = [line for line in log.splitlines() if not line.startswith("#")]
    assert len(lines) == 4 and all(line.startswith("SCEP-CEK ") for line in lines)
    path = tmp_path / "content.keys"
    path.write_text(log, encoding="utf-8")
    assert inside(tshark, "-o", "scep.cek_file:%s" % path) == wanted
    one = tshark.run("-r", REAL, "-q", *REAL_KEYS, "-z", "scep,ceklog,scep.message_type == 17")
    assert [line for line in one.splitlines() if not line.startswith("#")] == [lines[2]]


def test_the_rsa_keys_of_wireshark_open_what_they_fit(tshark):
    """They are asked by the key of a certificate, so the recipient's has to be in the capture."""
    keys = [text for key in ("real-ca", "real-device-a")
            for text in ("-o", 'uat:rsa_keys:"%s",""' % (CAPTURES / "keys" / (key + ".key.pem")))]
    wanted = inside(tshark, *REAL_KEYS)
    assert inside(tshark, *keys) == wanted
    labels = tshark.values(REAL, "scep.decryption.key", only="scep", options=keys)
    assert labels == ["Wireshark's RSA keys"] * 4


@pytest.mark.parametrize("reveal", [False, True], ids=["blotted", "revealed"])
def test_what_was_opened_can_be_exported(tshark, tmp_path, reveal):
    options = [*REAL_KEYS, "-o", "scep.reveal_challenge:%s" % ("TRUE" if reveal else "FALSE")]
    tshark.run("-q", "-r", REAL, *options, "--export-objects", "scep,%s" % tmp_path)
    requests = [x509.load_der_x509_csr(path.read_bytes()) for path in sorted(tmp_path.glob("*.p10"))]
    frames = [frame for frame in inside(tshark, *REAL_KEYS) if frame["scep.csr.subject"]]
    assert len(requests) == len(frames) == 2
    hashes = [frame["scep.challenge.sha256"] for frame in frames]
    for request, wanted in zip(requests, hashes):
        challenge = [attribute.value for attribute in request.attributes
                     if attribute.oid == AttributeOID.CHALLENGE_PASSWORD]
        assert [hashlib.sha256(value).hexdigest() for value in challenge] == (wanted if reveal else [
            hashlib.sha256(b"*" * len(value)).hexdigest() for value in challenge])
        assert request.is_signature_valid == (reveal or not challenge)
    issued = [x509.load_der_x509_certificate(path.read_bytes()) for path in sorted(tmp_path.glob("*issued*.cer"))]
    serials = [serial.lstrip("0") for frame in inside(tshark, *REAL_KEYS)
               for role, serial in zip(frame["scep.cert.role"], frame["scep.cert.serial"]) if role == "issued"]
    assert issued and {"%x" % certificate.serial_number for certificate in issued} <= set(serials)


def test_each_kind_of_recipient_is_named_with_its_standing(tshark):
    """A key encapsulation too: with its algorithm, and whose key it is for."""
    capture = CAPTURES / "synthetic-recipients.pcapng"
    [frame] = tshark.fields(capture, "scep.recipient.algorithm", "scep.recipient.issuer", "scep.recipient.serial",
                            only='scep.recipient.type == "ori"')
    wanted = [recipient for message in facts_of("synthetic-recipients")["messages"]
              for recipient in message.get("recipients", []) if recipient["type"] == "ori"]
    assert frame["scep.recipient.algorithm"] == ["ML-KEM-768"]
    assert frame["scep.recipient.issuer"] == [wanted[0]["issuer"]]
    assert frame["scep.recipient.serial"] == [wanted[0]["serial"]]
    text = tshark.verbose(capture)
    for words in ("ktri (key transport", "kari (key agreement", "pwri (password", "kekri (a key that both sides have",
                  "ori (key encapsulation (RFC 9629)"):
        assert "Recipient type: " + words in text
