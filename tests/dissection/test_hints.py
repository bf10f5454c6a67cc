# SPDX-License-Identifier: GPL-2.0-or-later
"""Each fault that a capture was made with is told, at one of the frames of its case, and a good enrollment raises
nothing above a note. The cases are those of captures/expected: of an enrollment, of a message, or what is odd about
one."""

import json

import pytest

from support.facts import facts_of
from support.pcap import Pcap, http_request, http_response
from support.together import Together
from support.tshark import CAPTURES

NOTE = 1

# capture: {case: hint}
FAULTS = {
    "ndes-certificates-checked": {
        "RA pair expired": "cacert_ra_expired",
        "RA pair expires in 20 days": "cacert_ra_expiring",
        "RA pair not yet valid": "cacert_not_yet_valid",
        "no signing RA certificate": "cacert_ra_pair_incomplete",
        "no encryption RA certificate": "cacert_ra_pair_incomplete",
        "encryption RA certificate without keyEncipherment": "cacert_ra_wrong_key_usage",
        "RA pair of another CA": "cacert_ra_issuer_not_ca",
        "RA pair with EC keys": "cacert_ra_ecc_key",
        "CA signed with PSS": "cacert_pss_or_sha1",
        "everything signed with SHA-1": "cacert_pss_or_sha1",
        "CA expires in 200 days": "cacert_ca_expiring",
        "CA and root labeled as RA certificates, to an Apple client": "cacert_ra_type_without_ra",
    },
    "ndes-challenge-pages": {"challenge of 75 minutes ago": "challenge_expired_age"},
    "ndes-two-servers": {"request to another address": "ndes_server_changes_mid_enrolment"},
    "synthetic-attributes": {
        "no recipientNonce": "certrep_missing_recipient_nonce",
        "senderNonce is the request's": "certrep_nonce_echoed",
        "recipientNonce cut to 8 bytes": "certrep_nonce_mismatch",
    },
    "synthetic-cacert-shapes": {
        "SignedData labeled as one certificate": "cacert_type_body_mismatch",
        "one certificate labeled as RA": "cacert_type_body_mismatch",
        "one RA certificate only": "cacert_ra_pair_incomplete",
    },
    "synthetic-caps-ignored": {
        "request in des-cbc and md5": "pkiop_weak_digest",
        "answer in des-cbc and sha1": "reply_weaker_than_request",
        "POST, AES, SHA-256 and RenewalReq, none of it offered": "caps_no_renewal",
    },
    "synthetic-issued": {
        "in clear, of another key": "issued_key_mismatch",
        "encrypted to another device": "certrep_wrong_recipient",
    },
    "synthetic-messages": {
        "pkiStatus 1, never defined": "certrep_unknown_status",
        "CertRep without pkiStatus": "certrep_unknown_status",
        "answer of type 19": "reply_is_no_certrep",
        "PKCS#10 in clear where the envelope belongs": "challenge_in_clear",
    },
    "synthetic-nonces": {
        "recipientNonce of nobody": "certrep_nonce_mismatch",
        "no recipientNonce": "certrep_missing_recipient_nonce",
        "no senderNonce": "certrep_missing_sender_nonce",
        "senderNonce is the request's": "certrep_nonce_echoed",
        "another transactionID": "certrep_txid_mismatch",
        "senderNonce of another request": "nonce_reused",
        "replayed: the same bytes again": "pkiop_retry_same_txid",
        "signed by a stranger": "certrep_signer_not_ra",
    },
    "synthetic-renewals-unfit": {
        "type 17 is offered and refused": "caps_renewal_but_17_rejected",
        "type 19 signed with the old certificate, refused": "certrep_renewal_rejected",
        "the old certificate comes back, in clear": "certrep_success_old_cert",
        "issued, and asked for again": "certrep_all_200_no_cert",
    },
    "synthetic-rollover": {"not signed": "nextca_not_signed_by_ca"},
}

# capture: hints that stand somewhere in it
SOMEWHERE = {
    "answer-content-types": {"caps_null_content_type", "certrep_no_content_type"},
    "ndes-browser": {"admin_page_cache_full", "admin_page_challenge_seen", "admin_page_utf16", "http_403_0_browse_ok",
                     "ndes_default_page_200"},
    "ndes-challenge-pages": {"admin_page_no_permission", "admin_page_empty_200", "http_401_admin_final"},
    "ndes-http-errors": {"http_500_0_ra_cert"},
    "ndes-refused": {"csr_key_too_small", "weak_signature"},
    "post-content-types": {"pkiop_post_base64", "retry_loop"},
    "server-errors": {"pkiop_get_truncated"},
    "synthetic-get-encodings": {"pkiop_get_odd_base64", "pkiop_get_over_query_default", "pkiop_apple_ber"},
    "synthetic-keys-cannot-encrypt": {"cacert_ra_ecc_key", "pkiop_encryption_unusual"},
    "synthetic-recipients": {"pkiop_encryption_unusual"},
    "synthetic-retries": {"certrep_certpoll_after_success", "pending_resync", "txid_reused"},
}

# Cases of the captures above that differ from a good enrollment in nothing.
GOOD = {
    "synthetic-issued": ["in clear in the outer SignedData", "CA first, certificate last"],
    "synthetic-nonces": ["good", "first"],
}


def frames_of(name):
    """{case: frames} as the maker knows them"""
    facts = facts_of(name)
    cases = {}
    for enrollment in facts["enrollments"]:
        if "case" in enrollment:
            cases.setdefault(enrollment["case"], set()).update(enrollment["frames"])
    for message in facts["messages"]:
        for key in ("case", "odd", "shape"):
            if key in message:
                cases.setdefault(message[key], set()).update(
                    frame for frame in (message["frame"], message.get("request_frame")) if frame)
    return cases


@pytest.fixture(scope="module")
def hints(tshark, tmp_path_factory):
    """{capture: {frame: {hint: severity}}}"""
    names = sorted(FAULTS.keys() | SOMEWHERE.keys() | GOOD.keys())
    together = Together([CAPTURES / (name + ".pcapng") for name in names],
                        tmp_path_factory.mktemp("hints") / "together.pcapng")
    result = {name: {} for name in names}
    for frame in tshark.fields(together.path, "frame.number", "scep.hint.id", "scep.hint.severity", two_pass=True,
                               only="scep"):
        name, number, _ = together.place(frame["frame.number"][0])
        result[name][number] = dict(zip(frame["scep.hint.id"], map(int, frame["scep.hint.severity"])))
    return result


@pytest.mark.xdist_group("hints")
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_each_fault_is_told(hints, name):
    frames, missing = frames_of(name), []
    for case, hint in FAULTS[name].items():
        told = {one for frame in frames[case] for one in hints[name].get(frame, {})}
        if hint not in told:
            missing.append("%s: %s is not among %s" % (case, hint, sorted(told)))
    assert not missing, "\n".join(missing)


@pytest.mark.xdist_group("hints")
@pytest.mark.parametrize("name", sorted(SOMEWHERE))
def test_each_hint_stands_somewhere(hints, name):
    told = {one for frame in hints[name].values() for one in frame}
    assert SOMEWHERE[name] <= told


@pytest.mark.xdist_group("hints")
@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_is_good_has_notes_only(hints, name):
    frames = frames_of(name)
    found = ["%s: %s" % (case, hint) for case in GOOD[name] for frame in frames[case]
             for hint, severity in hints[name].get(frame, {}).items() if severity > NOTE]
    assert found == []


@pytest.mark.xdist_group("hints")
def test_the_password_is_in_no_hint(tshark):
    """The page that hands it out is told of, in words that are the catalogue's."""
    capture = CAPTURES / "ndes-challenge-pages.pcapng"
    frames = tshark.fields(capture, "scep.hint.id", "scep.hint.text", "scep.hint.detail",
                           only="scep.hint.id == admin_page_challenge_seen")
    assert len(frames) == 1
    assert frames[0]["scep.hint.detail"] == []
    assert not any("B>" in text for text in frames[0]["scep.hint.text"])


@pytest.mark.xdist_group("hints")
def test_clocks_are_compared(tshark):
    """Two hours ahead, a day behind, at the epoch: as the maker set them, give or take what the exchange took."""
    frames = tshark.fields(CAPTURES / "ndes-clock.pcapng", "scep.signing_time.skew", "scep.hint.id",
                           only="scep.message_type == 19")
    skews = [int(frame["scep.signing_time.skew"][0]) for frame in frames]
    assert abs(skews[0] - 7200) <= 5 and abs(skews[1] + 86400) <= 5 and skews[2] < -10**9 and abs(skews[3]) <= 5
    assert ["signer_clock" in frame["scep.hint.id"] for frame in frames] == [True, True, True, False]


@pytest.mark.xdist_group("hints")
def test_keys_and_clients_are_known_without_a_key(tshark):
    """The key of a first request is its signer's, and the certificate that is issued for it, in clear, has the same."""
    frames = tshark.fields(CAPTURES / "scepclient-issued.pcapng", "scep.message_type", "scep.spki_sha256",
                           "scep.client", only="scep.message_type")
    request, answer = frames
    assert request["scep.client"] and "micromdm" in request["scep.client"][0]
    assert answer["scep.client"] == []
    assert len(request["scep.spki_sha256"]) == 1 and len(request["scep.spki_sha256"][0]) == 64
    assert answer["scep.spki_sha256"] == request["scep.spki_sha256"]


@pytest.mark.xdist_group("hints")
def test_the_expert_report_has_the_hints_without_any_tree(tshark):
    """tshark -q -z expert makes no tree; each hint counts there as often as it stands in one, below the protocol's
    name."""
    capture = CAPTURES / "ndes-outcomes.pcapng"
    standing = tshark.frames(capture, "scep.hint.certrep_ndes_hresult")
    lines = [line.split(None, 3) for line in tshark.run("-n", "-q", "-r", capture, "-z", "expert").splitlines()]
    found = [line for line in lines if len(line) == 4 and line[2] == "SCEP"]
    assert sum(int(line[0]) for line in found if "Windows error code" in line[3]) == len(standing) > 0
    assert [line for line in lines if len(line) == 4 and line[2] == "Frame"] == []


@pytest.mark.xdist_group("hints")
@pytest.mark.parametrize("name, severity", [("note", 1), ("warning", 2), ("error", 3)])
def test_the_user_weighs_weak_algorithms(tshark, name, severity):
    """On the frames, as expert items and in the report; what the root cause is does not hang on it."""
    capture = CAPTURES / "scepclient-refused.pcapng"
    option = ["-o", "scep.weak_severity:" + name]
    experts = {1: "Note", 2: "Warning", 3: "Error"}

    def enrollments(*options):
        lines = tshark.run("-n", "-q", "-r", capture, *options, "-z", "scep,report,json").splitlines()
        return [json.loads(line) for line in lines[:-1]]

    for frame in tshark.fields(capture, "scep.hint.id", "scep.hint.severity", only="scep.hint.pkiop_weak_digest",
                               options=option):
        assert dict(zip(frame["scep.hint.id"], frame["scep.hint.severity"]))["pkiop_weak_digest"] == str(severity)
    told = enrollments(*option)
    assert {hint["severity"] for line in told for hint in line["hints"]
            if hint["id"] == "pkiop_weak_digest"} == {severity}
    assert [line["leading"] for line in told] == [line["leading"] for line in enrollments()]
    text = tshark.verbose(capture, *option)
    assert "[Expert Info (%s/Response): The request uses an obsolete algorithm" % experts[severity] in " ".join(
        text.split())


@pytest.mark.parametrize("query, hint", [
    ("", "cacert_missing_identifier"), ("&message=", "cacert_missing_identifier"),
    ("&message=default", "cacert_default_identifier"), ("&message=Contoso-CA", None)])
def test_what_the_client_calls_the_ca_is_noted(tshark, tmp_path, query, hint):
    """An empty name and the one that clients put there by themselves; a note, and none on a name of its own."""
    pcap = Pcap()
    pcap.tcp().exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACert" + query),
                        http_response(404, b"<h2>Not found</h2>"))
    path = pcap.write(tmp_path / "asked.pcap")
    found = tshark.values(path, "scep.hint.id", only="http.request")
    assert [one for one in found if "identifier" in one] == ([hint] if hint else [])
