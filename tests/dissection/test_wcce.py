# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls to a CA: what the plugin reads is what the parties of the recorded calls logged, in clear and decrypted;
without keys each call is still named; stubs that lie are told of."""

import json
import re
import struct
import uuid

import pytest

from support.facts import all_facts, facts_of
from support.pcap import Pcap
from support.together import Together
from support.tshark import CAPTURES

EXPECTED = all_facts("wcce-*")
NAMES = {"opnum": "wcce.opnum", "flags": "wcce.flags", "authority": "wcce.authority",
         "request_id": "wcce.request_id", "attributes": "wcce.attributes", "request": "wcce.request",
         "serial_number": "wcce.serial_number", "fchain": "wcce.fchain", "prop_id": "wcce.property.id",
         "prop_index": "wcce.property.index", "prop_type": "wcce.property.type", "disposition": "wcce.disposition",
         "cert_chain": "wcce.cert_chain", "full_response": "wcce.full_response", "encoded_cert": "wcce.encoded_cert",
         "disposition_message": "wcce.disposition_message", "hresult": "wcce.hresult", "out": "wcce.ca_out",
         "property_value": "wcce.property.value", "property_count": "wcce.property.count",
         "property_info": "wcce.property.info"}
INSIDE = ["wcce.template", "wcce.csr.subject", "wcce.csr.san", "wcce.csr.key.algorithm", "wcce.csr.key.bits",
          "wcce.csr.sha256", "wcce.spki_sha256", "wcce.challenge.length", "wcce.challenge.sha256", "wcce.cert.serial",
          "wcce.cert.subject", "wcce.cert.issuer", "wcce.cert.sha256", "wcce.attribute.name", "wcce.attribute.value",
          "wcce.request_type", "wcce.property.string", "wcce.property.long", "wcce.info.id", "wcce.info.name",
          "wcce.info.type", "wcce.info.indexed"]
OTHER = ["frame.number", "wcce.method", "wcce.sealed", "wcce.stub_size", "wcce.remedy", "wcce.fault", "wcce.request_in",
         "wcce.response_in", "wcce.time", "dcerpc.long_frame", "_ws.malformed"]
FIELDS = [*OTHER, *NAMES.values(), *INSIDE]
KEYS = ["-o", "ntlmssp.nt_password:Ndes-Lab-2026!", "-K", str(CAPTURES / "keys/synthetic/ca01.keytab"),
        "-o", "kerberos.decrypt:TRUE"]
# The logs have the requests as they were sent, challenges included.
REVEAL = ["-o", "scep.reveal_challenge:TRUE"]

pytestmark = pytest.mark.xdist_group("wcce")


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """All captures of calls to a CA, one after the other."""
    return Together([CAPTURES / facts["capture"] for facts in EXPECTED.values()],
                    tmp_path_factory.mktemp("wcce") / "together.pcapng")


def read(tshark, together, **how):
    """{(capture, frame): {field: values}}; frame numbers inside the fields are those of the capture too"""
    result = {}
    for frame in tshark.fields(together.path, *FIELDS, only="wcce", **how):
        name, number, before = together.place(frame["frame.number"][0])
        for link in ("wcce.request_in", "wcce.response_in"):
            frame[link] = [int(value) - before for value in frame[link]]
        result[name, number] = frame
    return result


@pytest.fixture(scope="module", params=["one_pass", "two_passes"])
def opened(request, tshark, together):
    """The captures with every key."""
    return read(tshark, together, options=[*KEYS, *REVEAL], two_pass=request.param == "two_passes"), request.param


@pytest.fixture(scope="module")
def closed(tshark, together):
    """The captures without a key."""
    return read(tshark, together, two_pass=True)


def plain(text):
    """Text without line ends, which tshark's versions write in different ways."""
    return re.sub(r"\\[rn]|[\x00-\x1f]", "", text)


def value_of(name, text):
    """What tshark printed, in the form of the log."""
    if name in ("authority", "attributes", "serial_number", "disposition_message"):
        return plain(text)
    if name in ("request", "cert_chain", "full_response", "encoded_cert", "out", "property_value", "property_info"):
        return text.replace(":", "")
    return int(text, 0)


def wanted_of(value):
    if isinstance(value, str):
        return plain(value)
    return value


def check_parameters(frame, parameters):
    for name, value in parameters.items():
        if name not in NAMES:
            continue
        seen = [value_of(name, text) for text in frame[NAMES[name]]]
        # A null pointer and an empty blob have nothing to show, and tshark prints an empty text like an absent one.
        assert seen == ([] if value in (None, "") else [wanted_of(value)]), name


def check_inside(frame, call):
    """What stands in the PKCS#10, whatever it is wrapped in."""
    submitted = call["submitted"]
    if submitted["form"] == "keygen":  # there is none
        assert frame["wcce.csr.subject"] == []
        return
    assert frame["wcce.csr.subject"] == [submitted["csr_subject"]]
    assert frame["wcce.csr.san"] == submitted["csr_san"][:64]  # SCEP_MAX_CSR_ITEMS
    assert frame["wcce.csr.key.algorithm"] == [submitted["key_algorithm"]]
    assert frame["wcce.csr.key.bits"] == [str(submitted["key_bits"])]
    assert frame["wcce.csr.sha256"] == [submitted["pkcs10_sha256"]]
    assert frame["wcce.spki_sha256"] == [submitted["spki_sha256"]]
    challenge = submitted.get("challenge")
    assert frame["wcce.challenge.length"] == ([str(challenge["length"])] if challenge else [])
    assert frame["wcce.challenge.sha256"] == ([challenge["sha256"]] if challenge else [])


def check_issued(frame, issued):
    index = [text.lower() for text in frame["wcce.cert.sha256"]].index(issued["sha256"])
    assert frame["wcce.cert.subject"][index] == issued["subject"]
    assert frame["wcce.cert.issuer"][index] == issued["issuer"]
    assert frame["wcce.cert.serial"][index].replace(":", "").lstrip("0") == issued["serial"].lstrip("0")
    assert issued["spki_sha256"] in frame["wcce.spki_sha256"]


def check_property(frame, what):
    if isinstance(what, list):
        assert [int(text) for text in frame["wcce.info.id"]] == [row["id"] for row in what]
        assert frame["wcce.info.name"] == [row["name"] for row in what]
        assert [int(text) for text in frame["wcce.info.type"]] == [row["type"] for row in what]
        assert [text in ("1", "True") for text in frame["wcce.info.indexed"]] == [row["indexed"] for row in what]
    elif isinstance(what.get("value"), int):
        assert frame["wcce.property.long"] == [str(what["value"])]
    elif isinstance(what.get("value"), str):
        assert [plain(text) for text in frame["wcce.property.string"]] == [plain(what["value"])]


def check_request(frame, call):
    assert frame["wcce.method"] == ["%s::%s" % (call["interface"], call["method"])]
    assert frame["wcce.opnum"] == [str(call["opnum"])]
    check_parameters(frame, call["request"])
    if "request_type" in call["request"]:
        assert frame["wcce.request_type"] == [str(call["request"]["request_type"] >> 8)]
    if call.get("submitted"):
        check_inside(frame, call)
    pairs = [(name, plain(value)) for name, value in zip(frame["wcce.attribute.name"], frame["wcce.attribute.value"])]
    lines = (call["request"].get("attributes") or "").split("\n")
    wanted = [tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line]
    assert pairs == wanted
    assert frame["wcce.template"] == [value for name, value in wanted if name == "CertificateTemplate"]
    if call.get("template"):
        assert frame["wcce.template"] == [call["template"]]


def check_response(frame, call):
    assert frame["wcce.request_in"] == [call["frame_request"]]
    assert float(frame["wcce.time"][0]) >= 0
    if call.get("fault") is not None:
        assert [int(text, 0) for text in frame["wcce.fault"]] == [call["fault"]]
        return
    check_parameters(frame, call["response"])
    if call.get("issued"):
        check_issued(frame, call["issued"])
    if call["response"].get("property") is not None:
        check_property(frame, call["response"]["property"])


def known_method(call):
    return call["method"] is not None and (call["interface"] != "ICertPassage" or call["opnum"] == 0)


def bound(name, call):
    """Whether the capture holds the bind, without which nobody knows what is called."""
    return call["frame_request"] > min([bind["frame_request"] or 0 for bind in EXPECTED[name].get("binds", [])] or [0])


def placed(frames, name):
    """The calls of a log with the frames where they stand. A party that logs on its own does not know frames: its calls
    are those of the capture in their order."""
    calls = [dict(call) for call in EXPECTED[name]["calls"] if known_method(call) and bound(name, call)]
    if all("call_id" in call for call in calls):
        return calls
    mine = [(number, frame) for (capture, number), frame in sorted(frames.items()) if capture == name]
    requests = [number for number, frame in mine if not frame["wcce.request_in"]]
    assert len(requests) == len(calls)
    for call, number in zip(calls, requests):
        answers = [answer for answer, frame in mine if frame["wcce.request_in"] == [number]]
        call.update(frame_request=number, frame_response=answers[-1], response_fragments=answers)
    return calls


@pytest.mark.parametrize("name", EXPECTED)
def test_reads_what_the_parties_logged(opened, name):
    frames, how = opened
    facts = EXPECTED[name]
    if facts.get("carrier_encrypted") and how == "two_passes" and not any(capture == name for capture, _ in frames):
        pytest.skip("this Wireshark decrypts SMB 3 in the first pass only")
    calls = placed(frames, name)
    assert calls
    wrong = 0
    for call in calls:
        request, response = frames[name, call["frame_request"]], frames.get((name, call.get("frame_response")))
        if facts.get("stock_decrypts_wrongly") and request["wcce.sealed"]:
            wrong += 1
            continue
        if call["request"] is None:  # made to be unreadable
            assert request["wcce.method"] == ["%s::%s" % (call["interface"], call["method"])]
            continue
        check_request(request, call)
        if how == "two_passes":
            assert request["wcce.response_in"] == ([call["frame_response"]] if call.get("frame_response") else [])
        if call.get("frame_response"):
            check_response(response, call)
    # Wireshark itself deciphers the first call only of such a connection, and the plugin says so of the others.
    assert wrong == (len(facts["calls"]) - 1 if facts.get("stock_decrypts_wrongly") else 0)


def test_nothing_is_left_over(opened):
    frames, _ = opened
    assert [place for place, frame in frames.items() if frame["dcerpc.long_frame"]] == []
    # The hint of an encoding that cannot be is "malformed" too, and belongs to the capture that was made for it.
    assert {name for name, frame in ((place[0], frame) for place, frame in frames.items())
            if frame["_ws.malformed"]} <= {"wcce-hostile"}


def test_garbage_is_not_taken_for_a_call(opened):
    """What is marked as sealed shows no parameter, and says what would help."""
    frames, _ = opened
    sealed = {place: frame for place, frame in frames.items() if frame["wcce.sealed"]}
    assert {name for name, _ in sealed} == {name for name, facts in EXPECTED.items()
                                            if facts.get("stock_decrypts_wrongly")}
    for frame in sealed.values():
        assert frame["wcce.authority"] == frame["wcce.hresult"] == frame["wcce.request_id"] == []
        assert "SPNEGO" in frame["wcce.remedy"][0]


def frames_of(call, half):
    """The frames of a request or a response, all of its fragments."""
    return call.get(half + "_fragments") or [call["frame_" + half]]


def check_sealed(closed, name, call, half):
    numbers = frames_of(call, half)
    frames = [closed[name, number] for number in numbers]
    size = 0
    for frame in frames:
        assert frame["wcce.method"] == ["%s::%s" % (call["interface"], call["method"])]
        assert frame["wcce.sealed"] in (["1"], ["True"])
        assert frame["wcce.remedy"][0]
        assert frame["wcce.authority"] == frame["wcce.disposition"] == []
        size += int(frame["wcce.stub_size"][0])
    # Behind the first request after a bind stands a trailer, which is sealed with it (MS-RPCE 2.2.2.13).
    if half + "_stub_bytes" in call:
        assert call[half + "_stub_bytes"] <= size <= call[half + "_stub_bytes"] + 80
    links = {"request": "wcce.response_in", "response": "wcce.request_in"}
    assert frames[0][links[half]] == ([call["frame_request"]] if half == "response"
                                      else [call["frame_response"]] if call.get("frame_response") else [])


@pytest.mark.parametrize("name", [name for name, facts in EXPECTED.items()
                                  if any(call["sealed"] for call in facts["calls"])])
def test_sealed_calls_are_named(closed, name):
    for call in placed(closed, name):
        if not call["sealed"]:
            continue
        check_sealed(closed, name, call, "request")
        if call.get("fault") is not None:
            assert [int(text, 0) for text in closed[name, call["frame_response"]]["wcce.fault"]] == [call["fault"]]
        elif call.get("frame_response"):
            check_sealed(closed, name, call, "response")


def test_nothing_else_is_called_sealed(closed):
    sealed = {(name, number) for name in EXPECTED for call in placed(closed, name) if call["sealed"]
              for half in ("request", "response") if call.get("frame_" + half) for number in frames_of(call, half)}
    assert {place for place, frame in closed.items() if frame["wcce.sealed"]} - sealed == set()


# ---- stubs that lie -------------------------------------------------------------------------------------------------

PASSAGE = "91ae6020-9e3c-11cf-8d7c-00aa00c091be"
REQUESTD2 = "5422fd3a-d4b8-4cef-a12e-e87d4ca22e90"
NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)


def pdu(kind, call_id, body, flags=3, auth=b"", order="<"):
    drep = b"\x10\0\0\0" if order == "<" else b"\0\0\0\0"
    size = 16 + len(body) + len(auth)
    return bytes([5, 0, kind, flags]) + drep + struct.pack(order + "HHI", size, max(0, len(auth) - 8),
                                                           call_id) + body + auth


def bind(interface):
    contexts = struct.pack("<BBHHBB", 1, 0, 0, 0, 1, 0) + uuid.UUID(interface).bytes_le + struct.pack("<I", 0) + NDR
    return pdu(11, 1, struct.pack("<HHI", 4280, 4280, 0) + contexts)


def call(opnum, stub, call_id=2, auth=b"", order="<", kind=0):
    return pdu(kind, call_id, struct.pack(order + "IHH", len(stub), 0, opnum) + stub, auth=auth, order=order)


def string(text, order="<", counts=None):
    units = text.encode("utf-16-le" if order == "<" else "utf-16-be") + b"\0\0"
    most, offset, actual = counts or (len(units) // 2, 0, len(units) // 2)
    data = struct.pack(order + "IIII", 0x20000, most, offset, actual) + units
    return data + b"\xbf" * (-len(data) % 4)


def blob(data, order="<", size=None, count=None, referent=0x20004):
    head = struct.pack(order + "II", len(data) if size is None else size, referent)
    if referent:
        head += struct.pack(order + "I", len(data) if count is None else count) + data
    return head + b"\xbf" * (-len(head) % 4)


def request(order="<", authority=None, attributes=None, content=None):
    return (struct.pack(order + "I", 0x100) + (authority or string("Test CA", order)) + struct.pack(order + "I", 0) +
            (attributes or blob("CertificateTemplate:Lab\0".encode("utf-16-le"), order)) +
            (content or blob(b"\x30\x00", order)))


LIES = {
    "sound": (request(), []),
    "count_differs": (request(content=blob(b"abcd", size=9)), ["count_differs"]),
    "null_with_size": (request(content=blob(b"", size=7, referent=0)), ["null_with_size"]),
    "string_count": (request(authority=string("Test CA", counts=(7, 0, 8))), ["string_count"]),
    "string_offset": (request(authority=string("Test CA", counts=(9, 1, 8))), ["string_offset"]),
    "out_of_range": (request(authority=string("Test CA", counts=(99999, 0, 8))), ["out_of_range"]),
    "count_too_large": (request(content=blob(b"abcd", size=0x7fffffff, count=0x7fffffff)), ["count_too_large"]),
    "odd_text": (request(attributes=blob("a:b".encode("utf-16-le") + b"\0")), ["odd_text"]),
    "short": (request()[:-6], ["short"]),
    "empty": (b"", ["short"]),
}


@pytest.fixture(scope="module")
def lies(tshark, tmp_path_factory):
    """One connection for each lie; then one in the other byte order, a sealed call, ORPC that is none, a cut frame."""
    pcap = Pcap(snaplen=420)
    starts = {}

    def connection(label, interface, data):
        one = pcap.tcp(server_port=49900)
        one.send(bind(interface))
        starts[label] = len(pcap.frames) + 1
        one.send(data)

    for label, (stub, _) in LIES.items():
        connection(label, PASSAGE, call(0, stub))
    connection("big", PASSAGE, call(0, request(">"), order=">"))
    connection("sealed", REQUESTD2, call(6, b"\x55" * 256, auth=struct.pack("<BBBBI", 16, 6, 0, 0, 1) + b"\x66" * 28))
    connection("no_orpc", REQUESTD2, call(6, b"\x55" * 64))
    connection("cut", PASSAGE, call(0, request(content=blob(b"\x30\x82\x01\xf4" + bytes(500)))))
    path = pcap.write(tmp_path_factory.mktemp("lies") / "lies.pcap")
    problems = ["wcce.problem." + name for name in
                ("count_differs", "null_with_size", "string_count", "string_offset", "out_of_range", "count_too_large",
                 "odd_text", "short", "orpc_version", "cut", "not_terminated")]
    frames = {int(frame["frame.number"][0]): frame
              for frame in tshark.fields(path, *FIELDS, *problems, only="wcce")}
    return {label: frames[start] for label, start in starts.items()}


def told(frame):
    return sorted(name.split(".")[-1] for name, values in frame.items() if name.startswith("wcce.problem.") and values)


@pytest.mark.parametrize("label", LIES)
def test_lies_are_told(lies, label):
    frame = lies[label]
    assert told(frame) == LIES[label][1]
    assert frame["dcerpc.long_frame"] == []
    if label != "empty":
        assert frame["wcce.flags"] == ["0x00000100"]
        assert frame["wcce.authority"] == ["Test CA"]


def test_other_byte_order(lies):
    frame = lies["big"]
    assert told(frame) == []
    assert (frame["wcce.authority"], frame["wcce.template"]) == (["Test CA"], ["Lab"])


def test_sealed_without_a_logon(lies):
    frame = lies["sealed"]
    assert frame["wcce.method"] == ["ICertRequestD2::Request2"]
    assert frame["wcce.stub_size"] == ["256"]
    assert "kerberos.file" in frame["wcce.remedy"][0]


def test_no_orpc(lies):
    """In clear it is the sender who is wrong, not a key."""
    frame = lies["no_orpc"]
    assert told(frame) == ["orpc_version"]
    assert frame["wcce.sealed"] == []


def test_cut_by_the_capture(lies):
    frame = lies["cut"]
    assert told(frame) == ["cut"]
    assert frame["wcce.authority"] == ["Test CA"]
    assert frame["wcce.template"] == ["Lab"]
    assert frame["wcce.request"][0].replace(":", "").startswith("308201f4")
    assert frame["wcce.sealed"] == []


@pytest.mark.parametrize("name", ["wcce-combined", "wcce-dcom-clear"])
def test_no_challenge_is_shown_unless_asked_for(tshark, name):
    capture = CAPTURES / (name + ".pcapng")
    hidden, shown = (tshark.values(capture, "wcce.request", only="wcce.request", options=options)
                     for options in ([], REVEAL))
    secrets = set()
    for one, other in zip(hidden, shown):
        pairs = list(zip(bytes.fromhex(one.replace(":", "")), bytes.fromhex(other.replace(":", ""))))
        secret = bytes(b for a, b in pairs if a != b)
        assert all(a == ord("*") for a, b in pairs if a != b)
        if secret:
            secrets.add(secret)
    assert secrets
    printed = tshark.read(capture, "-V", only="wcce")
    for secret in secrets:
        assert secret.hex() not in printed.replace(":", "")
        assert secret.decode("ascii") not in printed


@pytest.mark.parametrize("name", ["wcce-combined", "wcce-combined-denied", "wcce-combined-sealed"])
def test_each_call_belongs_to_the_enrollment_that_causes_it(tshark, name):
    """The log says which device request a call was made for; what is sealed is joined by hosts and time."""
    facts = facts_of(name)
    enrollments = {message["frame"]: message["enrollment"]
                   for message in facts["messages"] if message.get("enrollment")}
    frames = tshark.fields(CAPTURES / (name + ".pcapng"), "frame.number", "scep.enrollment", "scep.stage", "scep.step",
                           "scep.role.src", "scep.role.dst", only="scep.stage == 4")
    calls = {int(frame["frame.number"][0]): frame for frame in frames}
    joined = 0
    for call in facts["calls"]:
        if call["interface"].startswith("ICertRequestD") and "Request" in call.get("method", "Request"):
            waiting = [enrollments[number] for number in sorted(enrollments) if number < call["frame_request"]]
            frame = calls.get(call["frame_request"])
            assert frame is not None and frame["scep.enrollment"] == [str(waiting[-1])], call["frame_request"]
            assert (frame["scep.role.src"], frame["scep.role.dst"]) == (["ndes"], ["ca"])
            assert frame["scep.step"][0] in ("Request", "Poll")
            joined += 1
    assert joined >= 3


def test_a_refusal_leads_to_what_the_device_was_told(tshark):
    frames = tshark.fields(CAPTURES / "wcce-combined-denied.pcapng", "frame.number", "scep.enrollment.cause",
                           "scep.enrollment.answer", only="wcce.disposition >= 2147483648", two_pass=True)
    found = [(frame["frame.number"], frame["scep.enrollment.cause"], frame["scep.enrollment.answer"])
             for frame in frames]
    assert found == [(["71"], ["29"], ["73"]), (["112"], ["107"], ["114"]), (["153"], ["148"], ["155"])]
    assert tshark.frames(CAPTURES / "wcce-combined-denied.pcapng", "scep.pki_status == 2")[:3] == [73, 114, 155]


def test_the_report_reads_through(tshark):
    """Stage 2, 4 and 5 of one enrollment, with template and request id; a refusal ends at stage 4 with its code."""
    lines = {name: [json.loads(line) for line in
                    tshark.run("-q", "-r", CAPTURES / (name + ".pcapng"), "-z", "scep,report,json").splitlines()]
             for name in ("wcce-combined", "wcce-combined-denied")}
    for line in lines["wcce-combined"][:-1]:
        assert (line["outcome"], line["stage"], line["ca"]) == ("issued", 5, "198.51.100.40")
        assert line["request_id"] >= 4101 and line["template"]
        assert not [hint["id"] for hint in line["hints"] if hint["id"].startswith("wcce_") and hint["severity"] > 1]
    refused = [line for line in lines["wcce-combined-denied"][:-1] if line["request_id"]]
    assert len(refused) >= 3
    for line in refused:
        assert (line["outcome"], line["stage"]) == ("refused", 4)
        assert line["hresult"] >= 0x80000000
        ids = [hint["id"] for hint in line["hints"]]
        assert "wcce_disposition_denied" in ids
        assert ids[0] in ("wcce_disposition_denied", "csr_key_too_small")
    assert {"address": "198.51.100.40", "role": "ca"} in lines["wcce-combined"][-1]["roles"]


def test_calls_without_a_device_are_told_of_the_capture(tshark):
    """NDES's own network card shows no device: the refusals of the CA stand outside of any enrollment."""
    [capture] = [json.loads(line) for line in
                 tshark.run("-q", "-r", CAPTURES / "wcce-icpr-clear.pcapng", "-z", "scep,report,json").splitlines()]
    assert capture["enrollments"] == 0
    assert capture["leading"] == "wcce_disposition_denied"
    found = {hint["id"]: hint for hint in capture["hints"]}
    assert {"wcce_disposition_pending", "wcce_disposition_issued", "wcce_hresult",
            "dcom_access_denied_fault"} <= set(found)
    assert "CERTSRV_E_" in found["wcce_disposition_denied"]["text"]
    filtered = tshark.run("-q", "-r", CAPTURES / "wcce-icpr-clear.pcapng", "-z", "scep,report,json,scep")
    assert json.loads(filtered)["hints"] == []
