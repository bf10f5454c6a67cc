# SPDX-License-Identifier: GPL-2.0-or-later
"""Issued means a certificate; a code that nobody defines is shown as sent; a code that one stage alone makes names it;
a request is shown without its challenge, and without anything else missing. What was made is in captures/expected."""

import json
import subprocess

import pytest

from support.facts import facts_of
from support.tshark import CAPTURES

PASSES = pytest.mark.parametrize("two_pass", [False, True], ids=["one_pass", "two_passes"])
OWN = "(a code of the %s's own"
NOTE = 1

# With the facts of an enrollment that its object in the JSON report has under the same key.
OUTCOMES = ["success-awaiting-approval", "success-empty-ca", "success-without-certificate", "failinfo-14606",
            "failinfo-negative", "failinfo-5", "failinfo-text", "status-text", "ca-codes", "stage-by-code",
            "csr-refused", "csr-signature"]
KEYS = ("outcome", "stage", "leading", "pki_status", "pki_status_other", "fail_info", "fail_info_other", "hresult")
MEMBERS = {"message_type": "messageType", "pki_status": "pkiStatus", "fail_info": "failInfo"}


def path_of(name):
    return CAPTURES / ("synthetic-%s.pcapng" % name)


def opened(name):
    """The keys that open the capture."""
    files = [CAPTURES / one for paths in facts_of("synthetic-" + name)["keys"].values() for one in paths]
    return [text for file in files for text in ("-o", 'uat:scep_keys:"%s","","%s"' % (file, file.stem))]


def report(tshark, name, two_pass=False, keys=()):
    """@return the objects of the enrollments"""
    text = tshark.read(path_of(name), "-q", "-z", "scep,report,json", *keys, two_pass=two_pass)
    return [one for one in map(json.loads, text.splitlines()) if one["type"] == "enrollment"]


def words_of(tshark, name, *options):
    """@return the report in one line"""
    return " ".join(tshark.read(path_of(name), "-q", "-z", "scep,report", *options).split())


@PASSES
@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes_and_stages(tshark, name, two_pass):
    wanted = facts_of("synthetic-" + name)["enrollments"]
    told = report(tshark, name, two_pass, opened(name) if name == "csr-refused" else ())
    assert len(told) == len(wanted)
    for one, made in zip(told, wanted):
        keys = [key for key in KEYS if key in made]
        assert {key: one[key] for key in keys} == {key: made[key] for key in keys}


# ---- codes that nobody defines ---------------------------------------------------------------------------------------

def assert_value(one, key, value):
    """A number is one in the report, whatever it is; what is none stands beside it."""
    assert one[key] == (value if isinstance(value, int) else None)
    assert one[key + "_other"] == str(value)


@PASSES
def test_codes_as_sent(tshark, two_pass):
    made = facts_of("synthetic-own-codes")["enrollments"]
    told = report(tshark, "own-codes", two_pass)
    fields = ["scep.enrollment", *("scep.%s.other" % key for key in MEMBERS)]
    shown = {}
    for frame in tshark.fields(path_of("own-codes"), *fields, only="scep.message_type || scep.message_type.other",
                               two_pass=two_pass):
        for field in fields[1:]:
            shown.setdefault(int(frame["scep.enrollment"][0]), {}).setdefault(field, []).extend(frame[field])
    for one, facts in zip(told, made):
        assert one["outcome"] == facts["outcome"]
        for key in MEMBERS:
            fields = shown[one["enrollment"]]["scep.%s.other" % key]
            if key in facts and facts[key] != "":
                assert fields == [str(facts[key])]
                if key != "message_type":
                    assert_value(one, key, facts[key])
    leading = {facts.get("fail_info", facts.get("pki_status", facts.get("message_type"))): one["leading"]
               for one, facts in zip(told, made)}
    codes = (14606, -2, 5, 4294967296, "denied", "badRequest", "")
    assert {leading[code] for code in codes} == {"certrep_fail_own_code"}
    assert {leading[status] for status in ("GRANTED", 7, "FAILURE", 999)} == {"certrep_unknown_status"}
    assert {leading[kind] for kind in (99, "enroll")} == {"message_type_unknown"}
    assert [one["enrollment"] for one in told
            if "certrep_fail_no_failinfo" in [hint["id"] for hint in one["hints"]]] == [len(told)]


@PASSES
@pytest.mark.parametrize("name", ["own-codes", "failinfo-14606", "failinfo-negative", "failinfo-5", "failinfo-text",
                                  "status-text"])
def test_codes_are_the_senders_own(tshark, name, two_pass):
    """In the packet list, the tree and the report alike."""
    made = facts_of("synthetic-" + name)["enrollments"]
    rows = " ".join(row.info for row in tshark.rows(path_of(name), two_pass=two_pass))
    tree = tshark.verbose(path_of(name), two_pass=two_pass)
    text = words_of(tshark, name)
    for facts in made:
        for key, member in MEMBERS.items():
            value = facts.get(key + "_other", facts.get(key))
            if key not in facts or value in ("", None) or (name != "own-codes" and key + "_other" not in facts):
                continue
            quoted = str(value) if str(value).lstrip("-").isdigit() else '"%s"' % value
            owner = OWN % ("client" if key == "message_type" else "CA")
            for where in (rows, text):
                assert "%s %s %s" % (member, quoted, owner) in where
            assert "as sent: %s %s" % (value, owner) in tree


def test_words_of_the_server_are_in_the_packet_list(tshark):
    rows = [row.info for row in tshark.rows(path_of("own-codes")) if "No such" in row.info]
    assert len(rows) == 1
    assert 'badRequest: "No such ÄLIAS..[31mxxx' in rows[0]
    assert rows[0].count("x") < 220 and 'xx..."' in rows[0]


def test_statistics_count_them(tshark):
    text = tshark.read(path_of("own-codes"), "-q", "-z", "scep,tree")
    for value in ("14606", "-2", "denied", "(empty)", "GRANTED", "99", "enroll"):
        assert value in text


# ---- success ---------------------------------------------------------------------------------------------------------

@PASSES
@pytest.mark.parametrize("name", ["success-awaiting-approval", "success-empty-ca", "success-without-certificate"])
def test_success_without_a_certificate(tshark, name, two_pass):
    fields = ["frame.number", "scep.enrollment", "scep.step", "scep.stage", "scep.hint.id", "scep.cert.role"]
    outcomes = {one["enrollment"]: one["outcome"] for one in facts_of("synthetic-" + name)["enrollments"]}
    info = {row.frame: row.info for row in tshark.rows(path_of(name), two_pass=two_pass)}
    found = 0
    for frame in tshark.fields(path_of(name), *fields, only="scep.pki_status == 0", two_pass=two_pass):
        number, hints = int(frame["frame.number"][0]), frame["scep.hint.id"]
        brings_none = "certrep_success_no_certificate" in hints
        found += brings_none
        assert ("certrep_success" in hints) != brings_none
        assert ("without a certificate" in info[number]) == brings_none
        assert frame["scep.step"] == ["Submit" if brings_none else "Deliver"]
        assert frame["scep.stage"] == ["2" if brings_none else "5"]
        if outcomes[int(frame["scep.enrollment"][0])] == "pending":
            assert brings_none and "issued" not in frame["scep.cert.role"]
    assert found == (8 if name == "success-without-certificate" else 1)
    text = words_of(tshark, name)
    assert "says SUCCESS and brings none. Probably the request waits for approval" in text
    if name != "success-without-certificate":
        assert "ISSUED" not in text and "the certificate is in frame" not in text


def test_a_certificate_that_comes_later_settles_it(tshark):
    for one in report(tshark, "success-without-certificate"):
        severities = [hint["severity"] for hint in one["hints"]]
        ids = [hint["id"] for hint in one["hints"]]
        assert "certrep_certpoll_after_success" not in ids
        if one["outcome"] == "issued":
            assert one["leading"] == "certrep_success" and max(severities) == NOTE


def test_what_the_capture_cuts_is_not_known(tshark, tmp_path):
    """A packet that the capture cuts holds neither a certificate nor the lack of one."""
    cut = tmp_path / "cut.pcapng"
    subprocess.run(["editcap", "-s", "700", path_of("success-without-certificate"), cut], check=True)
    text = tshark.read(cut, "-q", "-z", "scep,report,json")
    told = [one for one in map(json.loads, text.splitlines()) if one["type"] == "enrollment"]
    assert len(told) > 10
    for one in told[-4:]:
        assert one["outcome"] == "unreadable"
        assert not {"certrep_success", "certrep_success_no_certificate"} & {hint["id"] for hint in one["hints"]}
    assert "issued" not in [one["outcome"] for one in told]


# ---- stages ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["ca-codes", "stage-by-code"])
def test_stage_by_code(tshark, name):
    text = words_of(tshark, name)
    told = report(tshark, name)
    assert [one["stage_by_code"] for one in told] == [one["stage"] > 2 for one in told]
    for stage, party in ((4, "the CA or the way to it"), (3, "the policy module")):
        sentence = "By its code the refusal comes from %s (stage %d); that leg is not in this capture." % (party, stage)
        assert text.count(sentence) == sum(one["stage"] == stage for one in told)


def test_a_leg_that_is_there_needs_no_code(tshark):
    """The same codes with the calls to the CA in the capture."""
    text = tshark.read(CAPTURES / "wcce-combined-denied.pcapng", "-q", "-z", "scep,report,json")
    told = [one for one in map(json.loads, text.splitlines()) if one["type"] == "enrollment"]
    assert [one["stage_by_code"] for one in told if one["ca"]] == [False] * sum(bool(one["ca"]) for one in told)
    assert any(one["ca"] for one in told)


# ---- requests --------------------------------------------------------------------------------------------------------

@PASSES
@pytest.mark.parametrize("name", ["csr-refused", "csr-signature"])
def test_a_request_with_a_bad_signature_is_shown(tshark, name, two_pass):
    tree = tshark.verbose(path_of(name), *opened(name), two_pass=two_pass)
    assert "BER Error" not in tree and "Malformed" not in tree
    assert "printableString: ****************" in tree
    if name == "csr-signature":
        assert "dNSName: device-1.contoso.example" in tree and "10.0.22631.2" in tree
    fields = tshark.fields(path_of(name), "scep.csr.signature.status", "scep.csr.subject", "scep.challenge.length",
                           "scep.hint.id", options=opened(name), only="scep.csr.subject", two_pass=two_pass)
    assert [("csr_signature_bad" in frame["scep.hint.id"]) for frame in fields] == [
        frame["scep.csr.signature.status"] == ["2"] for frame in fields]
    assert all(frame["scep.challenge.length"] == ["16"] for frame in fields)


def test_a_request_that_was_served_is_no_failure(tshark):
    refused, served, good = report(tshark, "csr-signature", keys=opened("csr-signature"))
    assert refused["leading"] == "csr_signature_bad"
    assert served["outcome"] == "issued" and max(hint["severity"] for hint in served["hints"]) == NOTE
    assert "csr_signature_bad" in [hint["id"] for hint in served["hints"]]
    assert "csr_signature_bad" not in [hint["id"] for hint in good["hints"]]
