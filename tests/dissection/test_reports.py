# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports and exports: what they say of the sample captures, held against what went into those."""

import json
import re
import shutil
import subprocess

import pytest

from support.facts import facts_of
from support.tshark import CAPTURES, TREE

SCHEMA = json.loads((TREE / "plugin" / "report.schema.json").read_text(encoding="utf-8"))
DOCUMENT = (TREE / "plugin" / "report.md").read_text(encoding="utf-8")

# Five outcomes, HTTP errors, polling, a proxy seen on both sides, many devices behind one address, retries, a cut
# start.
REPORTED = ["ndes-outcomes", "ndes-http-errors", "ndes-pending", "synthetic-proxy", "synthetic-many-behind-one",
            "ndes-same-transaction"]


def report(tshark, name, *how, kind="scep,report,json", passes=()):
    """@return what -z KIND says of a capture"""
    return tshark.run("-n", "-q", *passes, "-r", CAPTURES / (name + ".pcapng"), "-z", ",".join([kind, *how]))


def objects(text):
    """@return (enrollments, capture): the objects of a JSON report"""
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["type"] for line in lines] == ["enrollment"] * (len(lines) - 1) + ["capture"]
    return lines[:-1], lines[-1]


@pytest.fixture(scope="module", params=REPORTED)
def reported(request, tshark):
    """(name, text of the JSON report, facts) of one capture"""
    facts = facts_of(request.param)
    return request.param, report(tshark, request.param), facts


# ---- the schema, as far as report.schema.json goes ------------------------------------------------------------------

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None)}


def is_type(value, names):
    names = [names] if isinstance(names, str) else names
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names if name != "boolean")


def faults(value, schema, where="line"):
    """@return what is wrong with a value, as text; an unknown word in the schema is an error of the test"""
    found = []
    for word, rule in schema.items():
        if word == "$ref":
            found += faults(value, SCHEMA["$defs"][rule.rsplit("/", 1)[1]], where)
        elif word == "type":
            found += [] if is_type(value, rule) else ["%s: %r is no %s" % (where, value, rule)]
        elif word in ("enum", "const"):
            found += [] if value in (rule if word == "enum" else [rule]) else ["%s: %r" % (where, value)]
        elif word == "minimum":
            found += ["%s: %r" % (where, value)] if is_type(value, "number") and value < rule else []
        elif word == "minItems":
            found += ["%s: too short" % where] if len(value) < rule else []
        elif word == "pattern":
            found += ["%s: %r" % (where, value)] if isinstance(value, str) and not re.search(rule, value) else []
        elif word == "required":
            found += ["%s: no %s" % (where, key) for key in rule if key not in value]
        elif word == "properties":
            for key in set(rule) & set(value):
                found += faults(value[key], rule[key], where + "." + key)
        elif word == "additionalProperties":
            assert rule is False
            found += ["%s: %s is not described" % (where, key) for key in value if key not in schema["properties"]]
        elif word == "items":
            for index, item in enumerate(value):
                found += faults(item, rule, "%s[%d]" % (where, index))
        else:
            raise AssertionError("this test does not know the schema's word " + word)
    return found


def test_the_checker_finds_faults():
    """A line that breaks each rule is found out."""
    good = {"id": "a_1", "severity": 1, "confidence": 3, "frames": [1], "text": "x", "check": "", "log": ""}
    hint = SCHEMA["$defs"]["hint"]
    assert faults(good, hint) == []
    for change in ({"id": "A"}, {"severity": 4}, {"frames": []}, {"frames": [0]}, {"frames": ["1"]}, {"text": ""},
                   {"log": None}, {"more": 1}):
        assert faults({**good, **change}, hint), change
    assert faults({key: value for key, value in good.items() if key != "log"}, hint)


# ---- JSON ------------------------------------------------------------------------------------------------------------

def test_json_is_as_described(reported):
    enrollments, capture = objects(reported[1])
    for line in enrollments + [capture]:
        kind = SCHEMA["$defs"][line["type"]]
        assert faults(line, kind) == []
        assert list(line) == kind["required"], "the order of keys is part of the contract"
        for hint in line["hints"]:
            assert list(hint) == SCHEMA["$defs"]["hint"]["required"]
        assert line["leading"] == (line["hints"][0]["id"] if line["hints"] else None)


def test_every_key_is_documented():
    documented = set(re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", DOCUMENT, re.MULTILINE))
    names = {name for cell in documented for name in re.findall(r"`([a-z0-9_]+)`", cell)}
    wanted = set(SCHEMA["$defs"]["enrollment"]["required"] + SCHEMA["$defs"]["capture"]["required"] +
                 SCHEMA["$defs"]["hint"]["required"])
    assert wanted - names == set()


def test_json_says_what_happened(reported):
    """Each enrollment that was made is there, with its frames and its end; no other one has a transaction."""
    _, text, facts = reported
    enrollments, capture = objects(text)
    by_frames = {tuple(line["frames"]): line for line in enrollments}
    wanted = facts["enrollments"]
    assert wanted
    for fact in wanted:
        line = by_frames.pop(tuple(fact["frames"]), None)
        assert line, "no enrollment has the frames %s" % fact["frames"]
        seen = {key: line[key] for key in ("client", "server", "transaction_id", "outcome")}
        assert seen == {key: fact[key] for key in seen}
        for key in ("fail_info", "hresult", "polls"):
            if key in fact:
                assert line[key] == fact[key], (fact["frames"], key)
    assert [line["transaction_id"] for line in by_frames.values()] == [None] * len(by_frames)
    outcomes = ["issued", "refused", "pending", "abandoned", "unanswered", "unreadable"]
    assert capture["enrollments"] == len(enrollments)
    assert {outcome: capture[outcome] for outcome in outcomes} == {
        outcome: sum(line["outcome"] == outcome for line in enrollments) for outcome in outcomes}


def test_renewals(tshark):
    """With the keys each renewal tells whose certificate it was signed with. Without them that is known only where the
    first enrollment was signed by the key that it asks for, and nobody knows what was issued."""
    facts = json.loads((CAPTURES / "expected" / "synthetic-renewals.json").read_text(encoding="utf-8"))
    keys = [text for paths in facts["keys"].values() for path in paths
            for text in ("-o", 'uat:scep_keys:"%s","",""' % (CAPTURES / path))]
    asked = {fact["enrollment"]: fact["csr_subject"] for fact in facts["messages"] if "csr_subject" in fact}
    first = {fact["enrollment"] for fact in facts["enrollments"] if "renews" not in fact}
    assert first and len(first) < len(asked) - 1
    for options in ([], keys):
        enrollments, _ = objects(report(tshark, "synthetic-renewals", passes=options))
        for fact, line in zip(facts["enrollments"], enrollments, strict=True):
            number, renews = fact["enrollment"], fact.get("renews")
            wanted = ((renews, asked[number], fact.get("serial")) if options else
                      (renews if renews in first else None, None, None))
            assert (line["enrollment"], line["renews"], line["subject"], line["serial"]) == (number, *wanted)


@pytest.mark.parametrize("name, outcomes", [("certmonger-enroll", ["issued"]),
                                            ("scepclient-same-transaction", ["refused", "abandoned", "issued"])])
def test_questions_without_request(tshark, name, outcomes):
    """certmonger asks for the capabilities twice in one attempt; where it only asks, it is an attempt of its own."""
    facts = json.loads((CAPTURES / "expected" / (name + ".json")).read_text(encoding="utf-8"))
    enrollments, _ = objects(report(tshark, name))
    assert [line["outcome"] for line in enrollments] == outcomes
    # a request and an answer each, in one enrollment and no other
    frames = [frame for line in enrollments for frame in line["frames"]]
    assert len(frames) == len(set(frames)) == 2 * len(facts["exchanges"])


def test_notes_do_not_lead_where_there_is_worse(reported):
    for line in objects(reported[1])[0]:
        severities = [hint["severity"] for hint in line["hints"]]
        assert severities[:1] != [1] or max(severities) == 1
        if line["outcome"] == "refused":
            assert severities and max(severities) >= 2


def test_two_passes_say_the_same(tshark, reported):
    name, text, _ = reported
    assert report(tshark, name, passes=["-2"]) == text


def test_roles(tshark):
    _, capture = objects(report(tshark, "synthetic-proxy"))
    roles = {entry["address"]: entry["role"] for entry in capture["roles"]}
    assert roles["192.0.2.10"] == roles["192.0.2.11"] == "device"
    assert roles["203.0.113.80"] == roles["198.51.100.80"] == "proxy"
    assert roles["198.51.100.20"] == "ndes"


def test_filter_selects_enrollments(tshark):
    """One frame that passes brings its enrollment, completely; a filter that fits nothing, none."""
    everything, _ = objects(report(tshark, "ndes-outcomes"))
    for passes in ([], ["-2"]):
        enrollments, capture = objects(report(tshark, "ndes-outcomes", "frame.number == 28", passes=passes))
        assert enrollments == [line for line in everything if 28 in line["frames"]]
        assert (capture["enrollments"], capture["refused"], capture["issued"]) == (1, 1, 0)
    enrollments, capture = objects(report(tshark, "ndes-outcomes", "frame.number == 1"))
    assert enrollments == [] and capture["enrollments"] == 0


@pytest.mark.parametrize("argument",
                         ["scep,report,scep.nonsense == 1", "scep,report,json,scep.nonsense == 1", "scep,reports"])
def test_bad_arguments_are_told(tshark, argument):
    process = tshark.start("-n", "-q", "-r", CAPTURES / "ndes-accepted.pcapng", "-z", argument)
    assert process.stdout == ""
    assert "nonsense" in process.stderr or "scep,report" in process.stderr


def test_no_scep_is_no_enrollment(tshark):
    enrollments, capture = objects(report(tshark, "no-scep-lookalike"))
    assert enrollments == []
    assert (capture["enrollments"], capture["hints"], capture["leading"]) == (0, [], None)


# ---- text, table, tree, response times ------------------------------------------------------------------------------

def test_text(tshark):
    text = report(tshark, "ndes-outcomes", kind="scep,report")
    assert text == report(tshark, "ndes-outcomes", kind="scep,report", passes=["-2"])
    enrollments, _ = objects(report(tshark, "ndes-outcomes"))
    parts = re.split(r"^(?=Enrollment \d+: |The capture as a whole: )", text, flags=re.MULTILINE)[1:]
    assert len(parts) == len(enrollments) + 1
    for part, line in zip(parts, enrollments):
        assert part.startswith("Enrollment %d: %s at stage %d (" %
                               (line["enrollment"], line["outcome"].upper(), line["stage"]))
        assert line["client"] in part and line["server"] in part
        assert line["leading"] is None or line["leading"] in part
        for frame in line["frames"]:
            assert re.search(r"frame %d\b" % frame, part)
        assert len(part.splitlines()) <= 45
    assert max(len(row) for row in text.splitlines()) <= 100


def test_table(tshark):
    for how in ([], ["frame.number == 28"]):
        enrollments, _ = objects(report(tshark, "ndes-outcomes", *how))
        text = report(tshark, "ndes-outcomes", *how, kind="scep,enrollments")
        assert text == report(tshark, "ndes-outcomes", *how, kind="scep,enrollments", passes=["-2"])
        rows = [[cell.strip() for cell in row.split("|")] for row in text.splitlines() if re.match(r" *\d+ \|", row)]
        assert [(row[0], row[1], row[2], row[3], row[4], row[5], row[9]) for row in rows] == [
            (str(line["enrollment"]), line["outcome"], str(line["stage"]), line["client"], line["server"],
             str(line["frames"][0]), line["leading"] or "") for line in enrollments]


def counts(text):
    """@return {(branch, leaf): count} of a statistics tree"""
    found, branch = {}, None
    for row in text.splitlines():
        match = re.match(r"( ?)(\S.*?) {2,}(\d+) ", row)
        if match:
            branch = branch if match[1] else match[2]
            found[branch, match[2] if match[1] else None] = int(match[3])
    return found


def test_tree(tshark):
    text = report(tshark, "ndes-outcomes", kind="scep,tree")
    assert text == report(tshark, "ndes-outcomes", kind="scep,tree", passes=["-2"])
    facts = facts_of("ndes-outcomes")["messages"]
    seen = counts(text)
    for operation in ("GetCACaps", "GetCACert", "PKIOperation"):
        asked = [fact for fact in facts if fact["kind"] == "request" and fact["operation"] == operation]
        assert seen["Operations", operation] == len(asked)
    answered = [fact["pki_status"] for fact in facts if fact["kind"] == "response" and "pki_status" in fact]
    assert [seen["pkiStatus", name] for name in ("SUCCESS", "FAILURE", "PENDING")] == [
        answered.count(number) for number in (0, 2, 3)]
    assert seen["failInfo", "badRequest"] == 1
    assert seen["Hints", "certrep_ndes_hresult"] == 1


def test_response_times(tshark):
    text = report(tshark, "ndes-outcomes", kind="scep,srt")
    assert text == report(tshark, "ndes-outcomes", kind="scep,srt", passes=["-2"])
    rows = {row.split()[1]: row.split()[2:] for row in text.splitlines() if re.match(r" *\d+ +\w+ +\d+ ", row)}
    times = [float(value) for value in tshark.values(CAPTURES / "ndes-outcomes.pcapng", "scep.time",
                                                     only='scep.operation == "GetCACaps"')]
    assert int(rows["GetCACaps"][0]) == len(times)
    assert float(rows["GetCACaps"][1]) == pytest.approx(min(times), abs=2e-6)
    assert float(rows["GetCACaps"][2]) == pytest.approx(max(times), abs=2e-6)


# ---- exported objects ------------------------------------------------------------------------------------------------

def export(tshark, name, folder, *passes):
    """@return {file name: content}"""
    tshark.run("-n", "-q", *passes, "-r", CAPTURES / (name + ".pcapng"), "--export-objects", "scep,%s" % folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_export(tshark, tmp_path):
    facts = facts_of("ndes-outcomes")["messages"]
    files = export(tshark, "ndes-outcomes", tmp_path / "one")
    assert files == export(tshark, "ndes-outcomes", tmp_path / "two", "-2")
    assert all(re.fullmatch(r"f\d+_[A-Za-z0-9_-]+\.(p7|cer|crl)", name) for name in files)
    messages = [fact for fact in facts if fact.get("transaction_id")]
    for fact in messages:
        [name] = [name for name in files if name.startswith("f%d_" % fact["frame"]) and name.endswith(".p7")]
        assert name.endswith("_%s.p7" % fact["transaction_id"])
        assert ("CertRep" in name) == (fact["kind"] == "response")
        assert files[name][:1] == b"\x30"
    for fact in facts:
        certificates = [content for name, content in sorted(files.items())
                        if re.match(r"f%d_cert_\d\d\.cer" % fact["frame"], name)]
        hashes = [certificate["sha256"] for certificate in fact.get("certificates", [])]
        assert [sha256(content) for content in certificates] == hashes


def sha256(content):
    process = subprocess.run(["sha256sum"], input=content, stdout=subprocess.PIPE, check=True)
    return process.stdout.split()[0].decode("ascii")


# ---- many captures ---------------------------------------------------------------------------------------------------

@pytest.mark.skipif(not shutil.which("jq"), reason="the recipe needs jq")
def test_recipe_for_many_captures(tshark, tmp_path):
    """The commands of report.md, as they stand there."""
    names = ["ndes-accepted", "ndes-same-transaction", "ndes-pending"]
    for name in names:
        shutil.copy(CAPTURES / (name + ".pcapng"), tmp_path)
    blocks = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        process = subprocess.run(["sh", "-eu", "-c", block], cwd=tmp_path, env=tshark.environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        assert (process.returncode, process.stderr) == (0, "")
    singles = [objects(report(tshark, name)) for name in names]
    joined = json.loads((tmp_path / "reports.json").read_text(encoding="utf-8"))
    assert sorted(joined["files"]) == sorted(name + ".pcapng" for name in names)
    for key in ("enrollments", "issued", "refused", "pending"):
        assert joined[key] == sum(capture[key] for _, capture in singles)
    lines = [json.loads(line) for line in (tmp_path / "enrollments.json").read_text(encoding="utf-8").splitlines()]
    keys = {(line["client"], line["server"], line["transaction_id"])
            for enrollments, _ in singles for line in enrollments if line["transaction_id"]}
    assert {(line["client"], line["server"], line["transaction_id"])
            for line in lines if line["transaction_id"]} == keys
    assert all(line["files"] for line in lines if line["transaction_id"])
