# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls to the services around SCEP: each is found on its frame, belongs to the enrollment that it was made for, and
what it says is told; what explains a refusal leads it; secrets are in none of it."""

import json
import subprocess

import pytest

from support.facts import all_facts, facts_of
from support.together import Together
from support.tshark import CAPTURES

pytestmark = pytest.mark.xdist_group("services")

FACTS = all_facts("services-*")
FIELDS = ["frame.number", "scep.stage", "scep.step", "scep.service.name", "scep.enrollment", "scep.request_in",
          "scep.response_in", "scep.http_status", "scep.role.src", "scep.role.dst", "scep.hint.id",
          "scep.service.client_request_id", "scep.service.verdict", "scep.transaction_id"]
ROLES = {1: {"device", "intune"}, 3: {"ndes", "policy", "intune", "sign-in"}, 6: {"ndes", "policy", "intune"}}
SECRET = "not-for-your-eyes"


def calls_of(name):
    return [entry for entry in FACTS[name]["other_exchanges"] if "service" in entry]


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    paths = [CAPTURES / (name + ".pcapng") for name in FACTS]
    return Together(paths, tmp_path_factory.mktemp("services") / "together.pcapng")


@pytest.fixture(scope="module")
def frames(tshark):
    """{capture: {frame: fields}}, in two passes. Each is read by itself: hosts and times are the same in all of them,
    so in one file calls would be joined to enrollments of other captures."""
    return {name: {int(frame["frame.number"][0]): frame for frame in
                   tshark.fields(CAPTURES / (name + ".pcapng"), *FIELDS, only="scep", two_pass=True)} for name in FACTS}


@pytest.fixture(scope="module")
def reports(tshark):
    """{capture: (enrollments, the capture as a whole)}"""
    found = {}
    for name in FACTS:
        text = tshark.run("-n", "-q", "-r", CAPTURES / (name + ".pcapng"), "-z", "scep,report,json")
        lines = [json.loads(line) for line in text.splitlines()]
        found[name] = lines[:-1], lines[-1]
    return found


@pytest.mark.parametrize("name", FACTS)
def test_each_call_is_shown(frames, name):
    wrong = []
    for call in calls_of(name):
        frame = frames[name].get(call["frame"])
        if frame is None:
            wrong.append("frame %d: not found" % call["frame"])
            continue
        wanted = {"scep.step": call["step"], "scep.stage": str(call["stage"]), "scep.service.name": call["service"]}
        if "of" in call:
            wanted["scep.enrollment"] = str(call["of"])
        if call["kind"] == "response":
            wanted["scep.http_status"] = str(call["http_status"])
            wanted["scep.request_in"] = str(call["request_frame"])
        else:
            if "response_frame" in call:
                wanted["scep.response_in"] = str(call["response_frame"])
            if "client_request_id" in call:
                wanted["scep.service.client_request_id"] = call["client_request_id"]
        wrong += ["frame %d: %s: %s, not %s" % (call["frame"], field, frame[field], value)
                  for field, value in wanted.items() if frame[field] != [value]]
        if not set(frame["scep.role.src"] + frame["scep.role.dst"]) <= ROLES[call["stage"]]:
            wrong.append("frame %d: roles" % call["frame"])
    assert calls_of(name) and wrong == []


@pytest.mark.parametrize("name", FACTS)
def test_nothing_else_is_taken_for_one(frames, name):
    assert {number for number, frame in frames[name].items() if frame["scep.service.name"]} == {
        call["frame"] for call in calls_of(name)}


@pytest.mark.parametrize("name", FACTS)
def test_what_they_mean_is_a_hint(frames, name):
    """hint: on either half; answer_hint: on the answer."""
    missing = []
    for call in calls_of(name):
        half = [frames[name][call["frame"]]["scep.hint.id"]]
        other = call.get("response_frame") or call.get("request_frame")
        if other:
            half.append(frames[name][other]["scep.hint.id"])
        if "hint" in call and not any(call["hint"] in ids for ids in half):
            missing.append("frame %d: %s" % (call["frame"], call["hint"]))
        if "answer_hint" in call and call["kind"] == "response" and call["answer_hint"] not in half[0]:
            missing.append("frame %d: %s" % (call["frame"], call["answer_hint"]))
    assert missing == []


@pytest.mark.parametrize("name", FACTS)
def test_the_cause_leads(reports, name):
    enrollments, _ = reports[name]
    assert [entry["outcome"] for entry in enrollments] == [entry["outcome"] for entry in FACTS[name]["enrollments"]]
    for made, told in zip(FACTS[name]["enrollments"], enrollments):
        if "leading" in made:
            assert told["leading"] == made["leading"]
        else:
            assert [hint["id"] for hint in told["hints"] if hint["severity"] > 1] == []


@pytest.mark.parametrize("name", FACTS)
def test_the_report_lists_them(reports, name):
    for told in reports[name][0]:
        made = [call for call in calls_of(name) if call.get("of") == told["enrollment"] and call["kind"] == "request"]
        # The two halves of an MDM session that say nothing of SCEP belong to nobody.
        assert [(one["service"], one["frames"][0]) for one in told["services"]] == [
            (call["service"], call["frame"]) for call in made]
        assert set(frame for one in told["services"] for frame in one["frames"]) <= set(told["frames"])
        reached = [one["stage"] for one in told["services"] if one["step"] != "NotifyFailure"]
        assert told["stage"] >= max(reached) if told["outcome"] == "issued" else told["stage"] < 5


def test_verdicts_and_results(tshark, frames, reports):
    verdicts = [one["verdict"] for told in reports["services-third-party"][0] for one in told["services"]]
    assert verdicts == ["Success", None, "ChallengeExpired", None, "Success", "invalid_client"]
    path = CAPTURES / "services-third-party.pcapng"
    names = ["scep.service.hresult", "scep.service.description", "scep.service.thumbprint", "scep.service.serial",
             "scep.service.verdict_text", "scep.csr.subject", "scep.challenge.length"]
    [failure] = tshark.fields(path, *names, only='scep.service.hresult')
    assert failure["scep.service.hresult"] == ["0x80070057"]
    assert failure["scep.service.description"] == ["The challenge has expired"]
    [success] = tshark.fields(path, *names, only="scep.service.thumbprint")
    assert success["scep.service.serial"] == [FACTS["services-third-party"]["enrollments"][0]["serial"]]
    assert success["scep.csr.subject"] == ["C=XX, O=Contoso, CN=device-1"]
    assert success["scep.challenge.length"] == ["16"]
    assert tshark.values(path, "scep.service.verdict_text", only="scep.service.verdict == \"ChallengeExpired\"") == [
        "the challenge is too old"]


def test_the_profile_of_a_device(tshark):
    path = CAPTURES / "services-mdm.pcapng"
    names = ["scep.mdm.server_url", "scep.mdm.ca_thumbprint", "scep.mdm.key_length", "scep.mdm.retry_count",
             "scep.mdm.retry_delay", "scep.mdm.subject", "scep.mdm.eku", "scep.challenge.length", "scep.challenge",
             "scep.mdm.uri", "xml.tag"]
    found = tshark.fields(path, *names, only="scep.mdm.server_url")
    assert len(found) == 3
    for frame in found:
        assert frame["scep.mdm.server_url"] == ["http://ndes.contoso.example/certsrv/mscep/mscep.dll"]
        assert frame["scep.mdm.key_length"] == ["2048"]
        assert frame["scep.challenge.length"] == [str(len(SECRET))]
        assert frame["scep.challenge"] == []
        assert frame["xml.tag"], "Wireshark's own tree is gone"
    assert found[0]["scep.mdm.retry_count"] == ["3"] and found[0]["scep.mdm.retry_delay"] == ["5"]
    assert found[0]["scep.mdm.subject"] == ["CN=device-1"] and found[0]["scep.mdm.eku"] == ["1.3.6.1.5.5.7.3.2"]
    [told] = tshark.fields(path, "scep.mdm.status", "scep.mdm.error_code", only="scep.mdm.status")
    assert told == {"scep.mdm.status": ["1"], "scep.mdm.error_code": ["0x00000000"]}
    assert "425" in tshark.values(path, "scep.mdm.command_status")


def test_secrets_are_in_none_of_it(tshark, together):
    """Not in the own part of any tree, nor in a column, nor in a report. Wireshark's own dissectors show what they
    show."""
    layers = tshark.json(together.path, "-J", "scep", only="scep")
    text = json.dumps(layers)
    assert "scep.service.name" in text
    assert SECRET not in text
    assert SECRET not in "".join(row.info for row in tshark.rows(together.path))
    assert SECRET not in tshark.run("-n", "-q", "-r", together.path, "-z", "scep,report")
    shown = tshark.json(CAPTURES / "services-mdm.pcapng", "-J", "scep", "-o", "scep.reveal_challenge:TRUE",
                        only="scep.mdm.uri")
    assert SECRET in json.dumps(shown)


def test_the_report_tells_the_story_in_order(tshark):
    text = tshark.run("-n", "-q", "-r", CAPTURES / "services-intune.pcapng", "-z", "scep,report").split("\n\n")[0]
    words = ["GetCACert", "PKCSReq by POST", "VerifyRequest to Policy module", "Notify to Policy module", "Verdict"]
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_columns_say_it_in_words(tshark):
    rows = tshark.rows(CAPTURES / "services-mdm.pcapng", two_pass=True)
    told = [row for row in rows if row.info.startswith("MDM server: ")]
    assert [row.protocol for row in told] == ["HTTP/XML"] * len(told) and len(told) == 6
    assert told[0].info.startswith("MDM server: SCEP settings for the device, ServerURL http://")
    assert told[0].info.endswith("[likely enrollment 1]")


def test_one_pass_shows_the_same(tshark, together):
    """But for what only later frames tell."""
    later = {"scep.response_in", "scep.hint.id", "scep.enrollment"}
    names = [name for name in FIELDS if name not in later]
    assert tshark.fields(together.path, *names, only="scep.service.name") == tshark.fields(
        together.path, *names, only="scep.service.name", two_pass=True)


STAGES = {"omadm": "Sync", "VerifyRequest": "Verify", "Notify": "Notify"}


@pytest.mark.parametrize("name", ["stages-all", "stages-refused"])
def test_inside_tls_with_its_secrets(tshark, name):
    """What was made of each call, and the profile that the device is given."""
    names = ["frame.number", "scep.step", "scep.stage", "scep.enrollment", "scep.http_status", "scep.mdm.server_url",
             "scep.mdm.ca_thumbprint", "scep.mdm.key_length", "scep.challenge.length", "scep.challenge.sha256"]
    shown = {int(frame["frame.number"][0]): frame for frame in
             tshark.fields(CAPTURES / (name + ".pcapng"), *names, only="scep.service.name", two_pass=True)}
    made = [call for call in facts_of(name)["services"] if call["service"] in STAGES]
    assert [call["frame"] for call in made] == sorted(shown)
    for call in made:
        frame = shown[call["frame"]]
        assert frame["scep.step"] == [STAGES[call["service"]]] and frame["scep.stage"] == [str(call["stage"])]
        assert frame["scep.http_status"] == ([str(call["http_status"])] if "http_status" in call else [])
        if call["stage"] > 1 or "profile" in call:
            assert frame["scep.enrollment"] == ["1"]
        if "profile" in call:
            profile = call["profile"]
            assert frame["scep.mdm.server_url"] == [profile["server_url"]]
            assert frame["scep.mdm.ca_thumbprint"] == [profile["ca_thumbprint"]]
            assert frame["scep.mdm.key_length"] == [str(profile["key_length"])]
            assert frame["scep.challenge.length"] == [str(profile["challenge"]["length"])]
            assert frame["scep.challenge.sha256"] == [profile["challenge"]["sha256"]]


def test_a_cut_body_says_so(tshark, tmp_path):
    """The capture holds 600 bytes of each packet: the head of a call, and the begin of its JSON."""
    cut = tmp_path / "cut.pcapng"
    subprocess.run(["editcap", "-s", "600", CAPTURES / "services-third-party.pcapng", cut], check=True)
    found = tshark.fields(cut, "scep.service.name", "_ws.expert.message", only="scep.problem.service_body")
    assert any("capture lacks the end" in " ".join(frame["_ws.expert.message"]) for frame in found)
    assert "validateRequest" in [name for frame in found for name in frame["scep.service.name"]]
