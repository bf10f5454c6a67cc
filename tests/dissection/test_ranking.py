# SPDX-License-Identifier: GPL-2.0-or-later
"""What explains a stop leads, what the capture speaks against does not, and advice fits the product: captures after
public reports, with their healthy twins."""

import json

import pytest

from support.facts import facts_of
from support.tshark import CAPTURES

NAMES = ["challenge-type-refused", "same-name-served", "same-name-refused", "server-own-failure", "ndes-short-path",
         "icpr-not-exposed", "on-behalf", "thumbprint-differs", "plus-restored"]
HEALTHY = ["same-name-served", "plus-restored"]
# Behind no enrollment, since no device is in these.
OUTSIDE = {"icpr-not-exposed": "rpc_passage_not_offered", "on-behalf": "wcce_disposition_denied"}


@pytest.fixture(scope="module")
def report(tshark):
    def read(name, two_pass=False):
        keys = [text for key in sum(facts_of("synthetic-" + name)["keys"].values(), [])
                for text in ("-o", 'uat:scep_keys:"%s","",""' % (CAPTURES / key))]
        arguments = ["-2"] if two_pass else []
        text = tshark.run("-n", "-q", *arguments, "-r", CAPTURES / ("synthetic-%s.pcapng" % name), *keys, "-z",
                          "scep,report,json")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return read


@pytest.mark.parametrize("two_pass", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_cause_leads(report, name, two_pass):
    *enrollments, capture = report(name, two_pass)
    made = facts_of("synthetic-" + name).get("enrollments", [])
    assert [(one["outcome"], one["leading"]) for one in enrollments] == [
        (one["outcome"], one["leading"]) for one in made]
    assert capture["leading"] == OUTSIDE.get(name)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_was_served_has_notes_only(report, name):
    loud = [hint for one in report(name) for hint in one["hints"] if hint["severity"] > 1]
    assert not loud


def test_a_rank_goes_with_what_is_more_than_a_note(report):
    for name in NAMES:
        for one in report(name)[:-1]:
            loud = [hint["rank"] for hint in one["hints"] if hint["severity"] > 1]
            assert loud == sorted(loud) and (not loud or loud[0] == 1)
            assert all(hint["rank"] is None for hint in one["hints"] if hint["severity"] == 1)
            assert (one["why"] is not None) >= bool(loud)


def test_what_is_ruled_out_says_why(report):
    [served, *_] = [hint for one in report("plus-restored") for hint in one["hints"]
                    if hint["id"] == "pkiop_get_bad_base64"]
    assert served["severity"] == 1 and served["against"] == "the request was served all the same"


def test_a_cause_that_the_capture_rules_out_is_not_named(report):
    refused = report("same-name-refused")[1]
    assert "challenge" not in refused["why"]


def test_advice_fits_the_product(report):
    own, ndes = report("server-own-failure")[0], report("ndes-short-path")[0]
    assert own["server_software"] == "micromdm scepserver" and ndes["server_software"] == "NDES"
    assert not [hint["id"] for hint in own["hints"] if "NDES" in hint["log"] + hint["check"] and hint["severity"] > 1]
    assert "other_scep_server" not in [hint["id"] for hint in ndes["hints"]]
    assert "other_scep_server" in [hint["id"] for hint in own["hints"]]


def test_the_code_of_the_agent_tells_what_the_template_needs(report):
    [denied] = [hint for hint in report("on-behalf")[-1]["hints"] if hint["id"] == "wcce_disposition_denied"]
    assert "at least one authorized signature" in denied["text"]
