# SPDX-License-Identifier: GPL-2.0-or-later
"""How often the leading hint names the fault: the corpus of captures/lab/synthetic/corpus.py, one capture with one
fault each, and its good enrollments, on which nothing above a note may stand."""

import pytest

AT_LEAST = 0.95
NOTE = 1

# Fault: why another hint leads. Each must still miss, so that whoever changes that takes it off this list.
KNOWN_MISSES = {}

# Says what the peers of a good enrollment really use, which is worth a warning on its own.
WEAK_ALGORITHMS = {"weak_signature", "caps_no_sha_no_3des", "caps_sha1_des3_only", "pkiop_weak_digest"}


def leading(told):
    """Hints that lead something in a capture. An enrollment that went well beside the one with the fault has notes
    only."""
    hints = [line["hints"][0] for line in told.objects if line["hints"]]
    serious = [hint["id"] for hint in hints if hint["severity"] > NOTE]
    return serious or [hint["id"] for hint in hints]


@pytest.mark.xdist_group("corpus")
def test_the_leading_hint_names_the_fault(corpus):
    faults = {name[len("fault-"):]: told for name, told in corpus.items() if name.startswith("fault-")}
    missed = {name: "%s, not %s" % (leading(told), told.expected["leading"]) for name, told in faults.items()
              if not set(leading(told)) & set(told.expected["leading"])}
    right = len(faults) - len(missed)
    print("the leading hint names the fault in %d of %d captures (%.1f %%)" %
          (right, len(faults), 100 * right / len(faults)))
    surprising = {name: told for name, told in missed.items() if name not in KNOWN_MISSES}
    assert right >= AT_LEAST * len(faults), missed
    assert not surprising
    assert KNOWN_MISSES.keys() <= missed.keys(), "no longer missed: take them off KNOWN_MISSES"


@pytest.mark.xdist_group("corpus")
def test_nothing_serious_stands_on_what_is_good(corpus):
    good = {name: told for name, told in corpus.items() if name.startswith("healthy-")}
    assert len(good) > 10
    # Of all others something is told, so that there is something to be serious.
    assert [name for name, told in good.items()
            if not any(line["hints"] for line in told.objects)] == ["healthy-not-scep"]
    serious = {name: sorted({hint["id"] for line in told.objects for hint in line["hints"] if hint["severity"] > NOTE})
               for name, told in good.items()}
    weak = sorted(name for name, hints in serious.items() if WEAK_ALGORITHMS & set(hints))
    print("weak algorithms are told in %d of %d good captures: %s" % (len(weak), len(good), ", ".join(weak)))
    assert {name: hints for name, hints in serious.items() if set(hints) - WEAK_ALGORITHMS} == {}
