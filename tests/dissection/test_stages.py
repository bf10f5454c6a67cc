# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of whole enrollments by Intune and of what goes wrong around them: each fault is told where it shows, and
where nothing is wrong, or nothing is ours, nothing is said. What is where comes from captures/expected."""

import json
import struct

import pytest

from support.facts import all_facts, facts_of
from support.together import Together
from support.tshark import CAPTURES

NOTE = 1
SECRETS_BLOCK = 0x0A

# What is to be told of each capture, by its cases; None where the capture is one case.
TOLD = {
    "aik-lookalike": ["plain", "sealed", "issued"],
    "appproxy-failures": ["bad-gateway", "gateway-timeout", "forbidden", "sign-in", "not-published"],
    "dns-failures": ["nxdomain", "servfail", "no-address", "unanswered", "intune"],
    "report-failures": ["upload-refused", "no-sync"],
    "stages-refused": [None],
    "tcp-failures": ["refused", "unanswered", "reset-after-request", "reset-after-request-http", "no-reply",
                     "no-reply-http", "idle-timeout", "connector-blocked", "intune-refused", "sign-in-unanswered"],
    "tls-failures": ["unknown-ca-tls12", "unknown-ca-tls13", "unknown-ca-tls13-clear", "bad-certificate",
                     "certificate-expired", "expired-unnoticed", "expiring", "protocol-version", "no-common-cipher",
                     "internal-error", "name-mismatch", "name-mismatch-silent", "unrecognized-name",
                     "client-certificate-required-tls12", "client-certificate-required-tls13",
                     "client-certificate-optional", "client-certificate-refused", "policy-certificate-refused",
                     "policy-certificate-missing", "policy-name", "policy-stalled", "inspected", "inspected-refused"],
    "url-list-failover": ["device-1", "device-2"],
    "url-list-failover-encrypted": ["device-1", "device-2"],
    "wap-long-uri": ["long"],
}
HEALTHY = ["stages-all", "stages-all-encrypted", "stages-refused-encrypted", "tls12-encrypted-healthy",
           "tls13-encrypted-healthy", "tls13-http2-encrypted"]
FOREIGN = ["mixed-no-ndes"]

FACTS = all_facts()
TWINS = {name: facts["without_secrets_of"] for name, facts in FACTS.items() if "without_secrets_of" in facts}
# The secrets of a capture open the one without them, so the two are never joined; and where an enrollment is read to
# its end, a cloud service that cannot be reached behind it is another matter.
GROUPS = [[name for name in [*sorted(TOLD), *HEALTHY, *FOREIGN] if FACTS[name]["tls_secrets"] == opened]
          for opened in (False, True)]


@pytest.fixture(scope="module")
def hints(tshark, tmp_path_factory):
    """{capture: {frame: {hint: severity}}} of every frame with something of SCEP on it"""
    result = {}
    for number, names in enumerate(GROUPS):
        path = tmp_path_factory.mktemp("stages") / ("together%d.pcapng" % number)
        together = Together([CAPTURES / (name + ".pcapng") for name in names], path)
        result.update((name, {}) for name in names)
        wanted = ("frame.number", "scep.hint.id", "scep.hint.severity")
        for frame in tshark.fields(together.path, *wanted, two_pass=True, only="scep || wcce || scep.link.guess"):
            name, frame_number, _ = together.place(frame["frame.number"][0])
            told = result[name].setdefault(frame_number, {})
            for hint, severity in zip(frame["scep.hint.id"], map(int, frame["scep.hint.severity"]), strict=True):
                told[hint] = max(severity, told.get(hint, 0))
    return result


def test_every_case_is_asked_for():
    """So that a case that is added to a capture is not forgotten here."""
    for name, cases in TOLD.items():
        wanted = {one.get("case") for one in facts_of(name)["hints"] if not one.get("optional")}
        assert wanted == set(cases), name


@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("name", sorted(TOLD))
def test_each_fault_is_told(hints, name):
    wanted = [one for one in facts_of(name)["hints"] if not one.get("optional")]
    missing = []
    for one in wanted:
        first, last = one.get("frames", (one["frame"], one["frame"]))
        told = {hint for frame, found in hints[name].items() if first <= frame <= last for hint in found}
        if one["hint"] not in told:
            missing.append("frame %d: %s is not among %s" % (one["frame"], one["hint"], sorted(told)))
    assert not missing, "\n".join(missing)


@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_healthy_has_notes_only(hints, name):
    found = ["frame %d: %s" % (frame, hint) for frame, told in hints[name].items()
             for hint, severity in told.items() if severity > NOTE]
    assert found == []


@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_not_ours_is_left_alone(hints, name):
    assert hints[name] == {}


@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", FOREIGN)
def test_nothing_is_made_of_what_is_not_ours(tshark, name, passes):
    """By itself, without an enrollment beside it: no field, no role, no connection."""
    text = tshark.run("-n", *passes, "-r", CAPTURES / (name + ".pcapng"),
                      "-Y", "scep || wcce || scep.stage || scep.link.guess", "-T", "fields", "-e", "frame.number",
                      "-z", "scep,report,json")
    [capture] = map(json.loads, text.splitlines())
    assert (capture["enrollments"], capture["hints"], capture["roles"], capture["encrypted"]) == (0, [], [], [])


def blocks(path):
    """@return [(type, bytes)] of a pcapng file in little-endian order"""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        found.append((kind, data[at : at + size]))
        at += size
    return found


@pytest.mark.parametrize("name", sorted(TWINS))
def test_one_without_secrets_is_the_same_capture(name):
    """So that what is told of both can be compared frame by frame."""
    whole = blocks(CAPTURES / (TWINS[name] + ".pcapng"))
    assert SECRETS_BLOCK in [kind for kind, _ in whole]
    assert blocks(CAPTURES / (name + ".pcapng")) == [one for one in whole if one[0] != SECRETS_BLOCK]
