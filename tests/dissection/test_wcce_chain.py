# SPDX-License-Identifier: GPL-2.0-or-later
"""The way to the CA: lookup, activation and bind are shown as steps of stage 4, and what stops them as a hint."""

import json
import subprocess
import uuid

import pytest

from support.together import Together
from support.tshark import CAPTURES

pytestmark = pytest.mark.xdist_group("wcce")

NAMES = ["wcce-denied-and-faults", "wcce-combined-denied", "wcce-dcom-clear", "wcce-icpr-smb"]

STEPS = {
    "wcce-denied-and-faults": {
        "Resolve": [8, 10, 23, 25],
        "Activate": [60, 62, 166, 168, 181, 183, 196, 198, 226, 228],
        "Bind": [76, 78, 87, 89, 98, 100, 109, 111, 120, 122, 233, 235, 274, 276, 291, 293],
    },
    "wcce-combined-denied": {"Activate": [53, 55], "Bind": [64, 66]},
    "wcce-dcom-clear": {"Activate": [23, 25], "Bind": [42, 44, 110, 112]},
    "wcce-icpr-smb": {"Bind": [94, 100]},
}

HINTS = {
    ("wcce-denied-and-faults", 10): "rpc_epm_no_endpoint",
    ("wcce-denied-and-faults", 78): "dcom_bind_nak",
    ("wcce-denied-and-faults", 89): "dcom_bind_nak",
    ("wcce-denied-and-faults", 100): "dcom_bind_nak",
    ("wcce-denied-and-faults", 168): "dcom_access_denied_fault",
    ("wcce-denied-and-faults", 183): "rpc_epm_no_endpoint",
    ("wcce-denied-and-faults", 198): "dcom_access_denied_fault",
    ("wcce-icpr-smb", 94): "rpc_cert_pipe_used",
}

# The class CCertRequestD, ICertRequestD, ICertRequestD2, ICertPassage (MS-WCCE 1.9, MS-ICPR 1.9)
UUIDS = ["d99e6e74-fc88-11d0-b498-00a0c90312f3", "d99e6e70-fc88-11d0-b498-00a0c90312f3",
         "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90", "91ae6020-9e3c-11cf-8d7c-00aa00c091be"]

FIELDS = ["frame.number", "scep.stage", "scep.step", "scep.role.src", "scep.role.dst", "scep.enrollment",
          "scep.hint.id", "scep.hint.severity"]


@pytest.fixture(scope="module")
def steps(tshark, tmp_path_factory):
    """(capture, frame) -> fields, in two passes, for what is known only from later frames"""
    together = Together([CAPTURES / (name + ".pcapng") for name in NAMES],
                        tmp_path_factory.mktemp("chain") / "together.pcapng")
    frames = tshark.fields(together.path, *FIELDS, only="scep.step in {\"Resolve\", \"Activate\", \"Bind\"}",
                           two_pass=True)
    return {together.place(frame["frame.number"][0])[:2]: frame for frame in frames}


@pytest.mark.parametrize("name", NAMES)
def test_steps_on_the_way_are_named(steps, name):
    found = {}
    for (capture, number), frame in sorted(steps.items()):
        if capture == name:
            assert frame["scep.stage"] == ["4"]
            assert sorted(frame["scep.role.src"] + frame["scep.role.dst"]) == ["ca", "ndes"]
            found.setdefault(frame["scep.step"][0], []).append(number)
    assert found == STEPS[name]


def test_what_stops_them_is_a_hint(steps):
    assert {place: frame["scep.hint.id"][0] for place, frame in steps.items() if frame["scep.hint.id"]} == HINTS


def test_a_retry_that_succeeds_makes_notes(steps):
    """The lookup at 23, the activation at 226 and the binds behind the refused ones came through."""
    severity = {place: frame["scep.hint.severity"] for place, frame in steps.items() if frame["scep.hint.id"]}
    assert all(value == ["1"] for value in severity.values()), severity


def test_one_pass_cannot_know_that(tshark):
    frames = tshark.fields(CAPTURES / "wcce-denied-and-faults.pcapng", *FIELDS, only="scep.step in {\"Resolve\"}")
    assert [frame["scep.hint.severity"] for frame in frames if frame["scep.hint.id"]] == [["3"]]


def test_the_device_that_waits_is_told(steps):
    assert [steps["wcce-combined-denied", number]["scep.enrollment"] for number in (53, 55, 64, 66)] == [["1"]] * 4


def test_other_classes_and_interfaces_are_left_alone(tshark, tmp_path):
    """The same frames, for some other class and some other interfaces."""
    data = (CAPTURES / "wcce-denied-and-faults.pcapng").read_bytes()
    for text in UUIDS:
        known = uuid.UUID(text).bytes_le
        assert known in data or text.startswith("d99e6e70")
        data = data.replace(known, known[:4] + b"\x00\x11\x22\x33" + known[8:])
    path = tmp_path / "other.pcap"
    path.write_bytes(data)
    assert tshark.fields(path, "frame.number", only="dcerpc")
    assert tshark.fields(path, "frame.number", only="scep || wcce || scep.stage || scep.hint.id") == []


def test_the_report_tells_what_stops_them(tshark):
    """Calls without a device's enrollment are told with the capture as a whole, unless a filter asks for less."""
    path = CAPTURES / "wcce-denied-and-faults.pcapng"
    told = json.loads(tshark.run("-q", "-r", path, "-z", "scep,report,json").splitlines()[-1])
    assert {"rpc_epm_no_endpoint", "dcom_bind_nak", "rpc_fault_generic"} <= {hint["id"] for hint in told["hints"]}
    assert json.loads(tshark.run("-q", "-r", path, "-z", "scep,report,json,scep").splitlines()[-1])["hints"] == []


# ---- what TCP alone shows --------------------------------------------------------------------------------------------

def connections(tshark, capture):
    """{frame: id of its hint, or None} of the segments that open the way, in two passes"""
    frames = tshark.fields(capture, *FIELDS, only='scep.step == "Connect"', two_pass=True)
    return {int(frame["frame.number"][0]): (frame["scep.hint.id"] or [None])[0] for frame in frames}


def test_connections_to_the_ports_that_the_ca_named(tshark):
    found = connections(tshark, CAPTURES / "wcce-denied-and-faults.pcapng")
    assert {frame: hint for frame, hint in found.items() if hint} == {
        32: "rpc_dynport_refused", 34: "rpc_135_reset", 65: "rpc_dynport_refused"}
    # the port of the lookup, the mapper once the CA is known, and the port of the activation
    assert {31, 32, 33, 34, 35, 38, 39, 64, 65, 66} <= set(found)
    assert 1 not in found


def test_an_endpoint_mapper_that_does_not_answer(tshark):
    """NDES gives up after 8 seconds and says so to the device: that is the end of the wait, not the end of the
    capture."""
    capture = CAPTURES / "wcce-combined-denied.pcapng"
    assert connections(tshark, capture)[233] == "rpc_135_no_answer"
    lines = [json.loads(line) for line in tshark.run("-q", "-r", capture, "-z", "scep,report,json").splitlines()]
    [entry] = [line for line in lines if line.get("enrollment") == 5]
    assert (entry["leading"], entry["stage"], entry["ca"]) == ("rpc_135_no_answer", 4, "198.51.100.40")
    assert 233 in entry["frames"]


def test_a_named_port_that_does_not_answer(tshark, tmp_path):
    """The activation and the connection behind it; then only a segment that shows that the capture went on."""
    cut = tmp_path / "cut.pcapng"
    subprocess.run(["editcap", "-r", CAPTURES / "wcce-denied-and-faults.pcapng", cut, "53-68", "292"], check=True)
    found = connections(tshark, cut)
    assert [hint for hint in found.values() if hint] == ["rpc_dynport_refused", "rpc_dynport_blocked"]
