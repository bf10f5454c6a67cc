# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices as they sign and name themselves, and the certificates of servers, told by arithmetic and not by extensions.
Captures after public reports: captures/README.md says what each of them is."""

import json

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import CAPTURES

NOTE = 1
KEY = ["-o", 'uat:scep_keys:"%s","","CA"' % (CAPTURES / "keys" / "synthetic" / "shapes-ca.key.pem")]
FIRST_ENROLLMENTS = ["synthetic-windows-same-key", "synthetic-windows-throwaway-key", "synthetic-windows-no-authority",
                     "synthetic-plain-self-signed"]
passes = pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])


def report(tshark, capture, *options, two_pass=False):
    text = tshark.read(CAPTURES / (capture + ".pcapng"), "-q", "-z", "scep,report,json", *options, two_pass=two_pass)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def hints(tshark, capture, *options, two_pass=False):
    """{hint: severity} of all that the report says"""
    return {hint["id"]: hint["severity"] for line in report(tshark, capture, *options, two_pass=two_pass)
            for hint in line["hints"]}


@passes
@pytest.mark.parametrize("options", [[], KEY], ids=["closed", "opened"])
@pytest.mark.parametrize("capture", FIRST_ENROLLMENTS)
def test_a_signer_of_its_own_is_a_first_enrollment(tshark, capture, options, two_pass):
    said = hints(tshark, capture, *options, two_pass=two_pass)
    assert not {"pkiop_renewalreq", "certrep_renewal_rejected", "caps_no_renewal", "pkiop_challenge_in_renewal",
                "pkiop_renewal_expired_signer", "pkiop_signer_not_matching_csr"} & set(said)
    request = tshark.fields(CAPTURES / (capture + ".pcapng"), "scep.signer.self_signed", "scep.client",
                            "scep.decryption.status", only="scep.message_type == 19", options=options,
                            two_pass=two_pass)
    assert [frame["scep.signer.self_signed"] for frame in request] in ([["1"]], [["True"]])
    assert [frame["scep.client"] for frame in request] == [["Windows"]]
    assert [frame["scep.decryption.status"] for frame in request] == [["1" if options else "2"]]


@pytest.mark.parametrize("capture", FIRST_ENROLLMENTS)
def test_without_checks_nothing_is_claimed_of_the_signer(tshark, capture):
    said = hints(tshark, capture, *KEY, "-o", "scep.verify:FALSE")
    assert not {"pkiop_renewalreq", "certrep_renewal_rejected", "pkiop_signer_not_matching_csr"} & set(said)


@passes
@pytest.mark.parametrize("capture,opened", [("synthetic-windows-throwaway-key", True),
                                            ("synthetic-windows-throwaway-key", False),
                                            ("synthetic-plain-self-signed", False)])
def test_the_key_to_be_certified_is_not_that_of_a_throwaway_signer(tshark, capture, opened, two_pass):
    keys = tshark.values(CAPTURES / (capture + ".pcapng"), "scep.spki_sha256", only="scep.message_type == 19",
                         options=KEY if opened else (), two_pass=two_pass)
    assert len(keys) == (opened or "plain" in capture)


@passes
@pytest.mark.parametrize("capture,roles", [("synthetic-cacert-single-ra", ["ra", "ca", "root"]),
                                           ("synthetic-cacert-ra-marked-ca", ["root", "ra"])])
def test_roles_go_by_key_usage(tshark, capture, roles, two_pass):
    assert tshark.values(CAPTURES / (capture + ".pcapng"), "scep.cert.role", two_pass=two_pass) == roles
    assert "cacert_ndes_shape_ok" not in hints(tshark, capture, two_pass=two_pass)


@passes
def test_clients_are_told_by_their_messages(tshark, two_pass):
    capture = CAPTURES / "synthetic-clients-unnamed.pcapng"
    clients = tshark.values(capture, "scep.client", only='scep.operation == "PKIOperation" && http.request',
                            two_pass=two_pass)
    assert clients == ["iOS/iPadOS or macOS", "jscep (Android, Java)", "Windows", "sscep", "Cisco IOS"]
    assert [line["client_software"] for line in report(tshark, capture.stem) if line["type"] == "enrollment"] == clients
    assert "by its message" in tshark.verbose(capture, "-O", "scep")


@passes
@pytest.mark.parametrize("agent", ["Apache-HttpClient/4.5.13", "Go-http-client/1.1", "x"])
def test_windows_is_known_behind_any_proxy(tshark, tmp_path, agent, two_pass):
    """The same message, sent on in the name of somebody else."""
    own = b"Mozilla/4.0 (compatible; Win32; NDES client)"
    data = (CAPTURES / "synthetic-windows-same-key.pcapng").read_bytes()
    assert data.count(own) == 1
    capture = tmp_path / "proxy.pcapng"
    capture.write_bytes(data.replace(own, agent.ljust(len(own), "_").encode()))
    assert tshark.values(capture, "scep.client", only="scep.message_type == 19", two_pass=two_pass) == ["Windows"]


@passes
def test_no_client_is_claimed_from_ber_alone(tshark, two_pass):
    for capture, expected in (("synthetic-ber-pieces-refused", {"Android"}),
                              ("synthetic-constructed-content", {"jscep (Android, Java)", "sscep"})):
        path = CAPTURES / (capture + ".pcapng")
        clients = tshark.values(path, "scep.client", only="scep.message_type == 19", two_pass=two_pass)
        assert set(clients) == expected
        said = [hint for line in report(tshark, capture, two_pass=two_pass) for hint in line["hints"]
                if hint["id"] == "pkiop_apple_ber"]
        assert said
        assert not [hint for hint in said if "Apple device" in json.dumps(hint)]


@passes
def test_keywords_on_one_line_are_separated_wrongly(tshark, two_pass):
    capture = CAPTURES / "synthetic-caps-lines.pcapng"
    frames = {int(frame["frame.number"][0]): set(frame["scep.hint.id"]) - {"caps_then_nothing"} for frame in
              tshark.fields(capture, "frame.number", "scep.hint.id", only="scep && http.response", two_pass=two_pass)}
    assert {number: said for number, said in frames.items() if said} == {
        39: {"caps_wrong_separator"}, 50: {"caps_wrong_separator"}, 61: {"caps_no_post"}, 72: {"caps_empty_or_zero"}}


@passes
def test_a_body_that_says_why_there_is_no_list_is_none(tshark, tmp_path, two_pass):
    pcap = Pcap()
    answers = [(404, b'{"error": "no such CA"}'), (404, b"404 page not found\n"), (200, b'{"error": "no such CA"}'),
               (200, b"No such CA here."), (200, b"AES\nSHA-256\nPOSTPKIOperation\n")]
    for status, body in answers:
        connection = pcap.tcp()
        connection.exchange(http_request("GET", "/scep/lab?operation=GetCACaps"),
                            http_response(status, body, content_type="text/plain"))
        connection.close()
    frames = tshark.fields(pcap.write(tmp_path / "caps.pcap"), "scep.capability", "scep.hint.id",
                           only="scep && http.response", two_pass=two_pass)
    assert [frame["scep.capability"] for frame in frames] == [[]] * 4 + [["AES", "SHA-256", "POSTPKIOperation"]]
    assert ["caps_is_html" in frame["scep.hint.id"] for frame in frames] == [False, False, True, True, False]
    assert not any(hint.startswith("caps_no_") for frame in frames for hint in frame["scep.hint.id"])


@passes
def test_the_next_ca_is_shown(tshark, two_pass):
    frames = tshark.fields(CAPTURES / "synthetic-rollover.pcapng", "scep.cert.role", "scep.cert.not_after",
                           "scep.cert.sha1", "scep.signer.subject", two_pass=two_pass,
                           only='scep.operation == "GetNextCACert" && scep.http_status == 200')
    assert [frame["scep.cert.role"][-1] for frame in frames] == ["next-ca"] * 5
    assert len({frame["scep.cert.sha1"][-1] for frame in frames}) == 1
    assert all("2031" in frame["scep.cert.not_after"][-1] for frame in frames)
    assert [frame["scep.signer.subject"] for frame in frames].count(["C=XX, O=Example Lab, CN=Lab SCEP CA"]) == 4


@passes
def test_the_signer_is_named_where_getcacert_had_it(tshark, two_pass):
    """NDES sends no certificate with its answers."""
    frames = tshark.fields(CAPTURES / "ndes-accepted.pcapng", "scep.signer.subject", "scep.cert.role",
                           only="scep.message_type == 3", two_pass=two_pass)
    assert [frame["scep.signer.subject"] for frame in frames] == [["C=XX, O=Contoso, CN=NDES01-MSCEP-RA"]] * 3
    assert not any(frame["scep.cert.role"] for frame in frames)
