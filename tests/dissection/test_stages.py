# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of whole enrolments by Intune and of what goes wrong around them: each fault is told where it shows, and where
nothing is wrong, or nothing is ours, nothing is said. What is where comes from captures/expected."""

import struct

import pytest

from support.facts import all_facts, facts_of
from support.together import Together
from support.tshark import CAPTURES

NOTE = 1
SECRETS_BLOCK = 0x0A

# A capture and the one without its secrets must not be joined: the secrets of one open the other.
TOLD = {
    "appproxy-failures": ["bad-gateway", "gateway-timeout", "forbidden", "sign-in"],
    "wap-long-uri": ["long"],
}
HEALTHY = ["stages-all", "tls12-encrypted-healthy", "tls13-encrypted-healthy", "tls13-http2-encrypted"]
FOREIGN = ["mixed-no-ndes"]

TWINS = {name: facts["without_secrets_of"] for name, facts in all_facts().items() if "without_secrets_of" in facts}


@pytest.fixture(scope="module")
def hints(tshark, tmp_path_factory):
    """{capture: {frame: {hint: severity}}} of every frame with something of SCEP on it"""
    names = sorted(TOLD) + HEALTHY + FOREIGN
    path = tmp_path_factory.mktemp("stages") / "together.pcapng"
    together = Together([CAPTURES / (name + ".pcapng") for name in names], path)
    result = {name: {} for name in names}
    wanted = ("frame.number", "scep.hint.id", "scep.hint.severity")
    for frame in tshark.fields(together.path, *wanted, two_pass=True, only="scep"):
        name, number, _ = together.place(frame["frame.number"][0])
        result[name][number] = dict(zip(frame["scep.hint.id"], map(int, frame["scep.hint.severity"])))
    return result


@pytest.mark.xdist_group("stages")
@pytest.mark.parametrize("name", sorted(TOLD))
def test_each_fault_is_told(hints, name):
    wanted = [one for one in facts_of(name)["hints"] if not one.get("optional") and one["case"] in TOLD[name]]
    assert {one["case"] for one in wanted} == set(TOLD[name])
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
