# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile of plugin/profile: Wireshark drops a color rule, a button or a column that it cannot read, and says so in
a dialog at most."""

import re

from support.tshark import CAPTURES, TREE

PROFILE = TREE / "plugin" / "profile" / "SCEP"


def lines(name):
    text = (PROFILE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def color_rules():
    """@return [(name, filter)]"""
    found = [re.fullmatch(r"@([^@]+)@([^@]+)@\[(\d+,\d+,\d+)\]\[(\d+,\d+,\d+)\]", line)
             for line in lines("colorfilters")]
    assert all(found)
    assert all(int(part) <= 65535 for match in found for part in (match[3] + "," + match[4]).split(","))
    return [(match[1], match[2]) for match in found]


def buttons():
    """@return [(label, filter)]; a quote inside a value is written as \\x22"""
    found = [re.fullmatch(r'"TRUE","([^"]+)","([^"]+)","([^"]+)"', line) for line in lines("dfilter_buttons")]
    assert all(found)
    return [(match[1], match[2].replace("\\x22", '"')) for match in found]


def columns():
    """@return fields of the columns that show one"""
    return re.findall(r'"%Cus:([^:]+):0:[RU]"', (PROFILE / "preferences").read_text(encoding="utf-8"))


def selected(tshark, capture, filters):
    """@return the frames that each filter selects, in one run: a filter with an error ends it"""
    either = " || ".join("(%s)" % one for one in filters)
    wanted = [field for field in columns() if not field.startswith("_")]
    return tshark.fields(CAPTURES / (capture + ".pcapng"), "frame.number", *wanted, only=either, two_pass=True)


def test_filters_and_columns_are_understood(tshark):
    filters = [text for _, text in color_rules() + buttons()]
    assert len(filters) > 8 and len(columns()) >= 6
    rows = selected(tshark, "stages-all", filters)
    for field in columns():
        assert any(row[field] for row in rows), field


def test_names_differ():
    for names in ([name for name, _ in color_rules()], [label for label, _ in buttons()]):
        assert len(names) == len(set(names))


def test_the_general_filters_miss_nothing(tshark):
    """The last color rule and the first button stand for all that the others select."""
    rules, pushed = color_rules(), buttons()
    everything = {row["frame.number"][0]
                  for row in selected(tshark, "stages-all-encrypted", [text for _, text in rules])}
    assert everything == {row["frame.number"][0] for row in selected(tshark, "stages-all-encrypted", [rules[-1][1]])}
    some = {row["frame.number"][0] for row in selected(tshark, "stages-all-encrypted", [text for _, text in pushed])}
    assert some == {row["frame.number"][0] for row in selected(tshark, "stages-all-encrypted", [pushed[0][1]])}
    assert len(everything) > 30
