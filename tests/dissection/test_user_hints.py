# SPDX-License-Identifier: GPL-2.0-or-later
"""Hints that users write: by a file and by the table, what is wrong with them, and where they stand."""

import pytest

from support.tshark import CAPTURES

CAPTURE = CAPTURES / "ndes-outcomes.pcapng"

# Line of the file: what is said about it, None where it holds.
LINES = [
    ("# id\tfilter\tseverity\ttext\tcheck\tlog", None),
    ("own_refused\tscep.pki_status == 2\terror\tAsk the PKI team\tTicket queue 7\tOur own log", None),
    ("own_short\tscep.operation == \"GetCACaps\" && scep.stage == 2\t1\tHello\r", None),
    ("own_chain\tscep.hint.id == \"own_refused\"\tnote\tNo hint of a user sees another", None),
    ("", None),
    ("own_filter\tscep.pki_status ==\twarning\tx", "the filter is wrong"),
    ("own_foreign\tscep.stage == 2 && ip.src == 192.0.2.1\twarning\tx", "ip.src is no field of SCEP"),
    ("own_quoted\tscep.operation contains \"ip.src\"\twarning\tNever", None),
    ("own_macro\t${private_ipv4:ip.src}\twarning\tx", "macros"),
    ("own_severity\tscep\tfatal\tx", "severity is \"fatal\""),
    ("own_parts\tscep", "2 parts"),
    ("own_text\tscep\tnote\t \tx", "no text"),
    ("own_text\t\tnote\tx", "no filter"),
    ("certrep_ndes_hresult\tscep\tnote\tx", "the catalogue has"),
    ("Own\tscep\tnote\tx", "lower case"),
    ("own_last\tscep.pki_status == 0\twarning\tIssued", None),
]
TABLE_ROW = 'uat:scep_hints:"own_table","scep.message_type == 19","warning","A request","",""'


@pytest.fixture(scope="module")
def told(tshark, tmp_path_factory):
    """([{field: values} per SCEP frame], lines of stderr): one run, whose tree holds only what is asked for"""
    path = tmp_path_factory.mktemp("own") / "hints.tsv"
    path.write_text("".join(line + "\n" for line, _ in LINES), encoding="utf-8")
    names = ["scep.operation", "scep.hint.id", "scep.hint.own", "scep.hint.severity", "_ws.expert.severity",
             "scep.hint.text", "scep.hint.check", "scep.hint.log"]
    process = tshark.start("-n", "-r", CAPTURE, "-Y", "scep", "-T", "fields", "-E", "separator=|", "-E", "aggregator=;",
                           *[word for name in names for word in ("-e", name)], "-o", "scep.hints_file:%s" % path,
                           "-o", TABLE_ROW)
    assert process.returncode == 0, process.stderr
    rows = [dict(zip(names, ([one for one in cell.split(";") if one] for cell in line.split("|"))))
            for line in process.stdout.splitlines()]
    return rows, process.stderr.splitlines()


@pytest.mark.xdist_group("user_hints")
def test_each_line_with_an_error_is_told(told):
    warnings = [line for line in told[1] if "SCEP:" in line]
    wanted = [(number, fault) for number, (_, fault) in enumerate(LINES, 1) if fault]
    assert len(warnings) == len(wanted), told[1]
    for warning, (number, fault) in zip(warnings, wanted):
        assert "line %d: " % number in warning and fault in warning, warning


@pytest.mark.xdist_group("user_hints")
def test_hints_stand_where_their_filters_hold(told):
    """The filters' fields are not asked for by anything else: pki_status, stage, message_type."""
    rows = told[0]
    for row in rows:
        own = [one for one in row["scep.hint.id"] if one.startswith("own_")]
        assert len(row["scep.hint.own"]) == len(own)
    refused = [row for row in rows if "own_refused" in row["scep.hint.id"]]
    assert refused and all("Ask the PKI team" in row["scep.hint.text"] and
                           "Ticket queue 7" in row["scep.hint.check"] and
                           "Our own log" in row["scep.hint.log"] for row in refused)
    count = {name: sum(name in row["scep.hint.id"] for row in rows)
             for name in ("own_short", "own_last", "own_table", "own_chain", "own_quoted")}
    assert min(count["own_short"], count["own_last"], count["own_table"]) > 0
    assert count["own_chain"] == count["own_quoted"] == 0
    assert [row for row in rows if "own_refused" in row["scep.hint.id"] and "own_last" in row["scep.hint.id"]] == []


@pytest.mark.xdist_group("user_hints")
def test_the_severity_is_the_users(told):
    for row in told[0]:
        for name, severity in (("own_refused", "3"), ("own_short", "1"), ("own_table", "2")):
            if name in row["scep.hint.id"]:
                assert row["scep.hint.severity"][row["scep.hint.id"].index(name)] == severity
                assert str({"1": 0x400000, "2": 0x600000, "3": 0x800000}[severity]) in row["_ws.expert.severity"]


@pytest.mark.xdist_group("user_hints")
def test_a_wrong_row_of_the_table_is_refused(tshark):
    process = tshark.start("-r", CAPTURE, "-c", "1", "-o", 'uat:scep_hints:"own_x","ip","note","x","",""')
    assert process.returncode != 0
    assert "ip is no field of SCEP" in process.stderr
