# SPDX-License-Identifier: GPL-2.0-or-later
"""Not captured is not absent: a copy of a healthy capture that lacks something says so, and raises no other alarm."""

import pytest

from support import cuts
from support.tshark import CAPTURES

# Those of which the report has nothing above a note; each test makes sure of that.
HEALTHY = (
    "aik-lookalike", "certmonger-ca", "mixed-no-ndes", "ndes-accepted", "no-scep-lookalike", "services-configmgr",
    "services-http2", "stages-all", "stages-all-encrypted", "stages-refused-encrypted", "strongswan-scepca",
    "strongswan-stops", "synthetic-ber", "synthetic-cacert-ra-marked-ca", "synthetic-csr", "synthetic-ends-early",
    "synthetic-recipients", "synthetic-starts-midway", "synthetic-two-points", "synthetic-wrong-key",
    "tls12-encrypted-healthy", "tls12-untrusted", "tls13-encrypted-healthy", "tls13-http2-encrypted",
    "wcce-big-endian", "wcce-combined", "wcce-icpr-kerberos-fragments", "wcce-icpr-ntlm-fragments",
    "wcce-icpr-ntlm-privacy", "wcce-icpr-smb3", "wcce-loopback-privacy", "wcce-partial")

# A GetCACert answer and a request fill several packets there: cut, they are to be told of.
TOLD = ("ndes-accepted", 256)


def copies(capture, folder):
    """Writes the copies of one capture that lack something. @return {what was done: path}"""
    frames = cuts.frame_count(capture)
    lacking = {"frame %d lost" % (frames // 2): {"drop": {frames // 2}}}
    lacking["late start"] = {"drop": range(1, frames // 2)}
    lacking["early end"] = {"drop": range(frames // 2, frames + 1)}
    made = {name: cuts.cut(capture, folder / (name.replace(" ", "-") + ".pcapng"), **how)
            for name, how in lacking.items()}
    for size in cuts.SIZES:
        path = cuts.cut(capture, folder / ("%d.pcapng" % size), size=size)
        if path.stat().st_size < capture.stat().st_size:
            made["%d octets a packet" % size] = path
    return made


@pytest.mark.parametrize("name", HEALTHY)
def test_a_cut_copy_raises_no_alarm(tshark, tmp_path, record_property, name):
    capture = CAPTURES / (name + ".pcapng")

    assert cuts.alarms(cuts.report(tshark, capture)) == set()
    raised = {what: cuts.alarms(cuts.report(tshark, path)) - cuts.CUT_HINTS
              for what, path in copies(capture, tmp_path).items()}
    alarmed = {what: sorted(hints) for what, hints in raised.items() if hints}
    record_property("cut_copies", len(raised))
    record_property("cut_alarms", len(alarmed))
    assert alarmed == {}


def test_what_was_cut_is_told(tshark, tmp_path):
    name, size = TOLD
    told = cuts.report(tshark, cuts.cut(CAPTURES / (name + ".pcapng"), tmp_path / "cut.pcapng", size=size))

    assert cuts.alarms(told) == cuts.CUT_HINTS
    assert set(cuts.outcomes(told)) == {"unreadable"}
    texts = [hint["text"] for line in told for hint in line["hints"] if hint["id"] in cuts.CUT_HINTS]
    assert all("keeps only the first %d octets of each packet" % size in text for text in texts)


def test_one_pass_tells_what_two_do(tshark, tmp_path):
    """What a later frame shows of a begin whose end is missing does not change what the earlier one showed."""
    capture = CAPTURES / "ndes-accepted.pcapng"
    fields = ("frame.number", "scep.operation", "scep.step", "scep.transaction_id")

    for name, path in copies(capture, tmp_path).items():
        one, two = (tshark.fields(path, *fields, two_pass=two_pass) for two_pass in (False, True))
        assert one == two, name
