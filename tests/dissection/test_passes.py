# SPDX-License-Identifier: GPL-2.0-or-later
"""One pass, two passes, a filter, JSON and the packet list show the same of every sample capture."""

import json

import pytest

from support.tshark import capture_files

# What only the whole capture tells: there from the second pass on, as everywhere in Wireshark.
FORWARD = {"scep.response_in"}
# Hints that need the whole capture, or settle with it; their fields differ between the passes by design.
HINT_FIELDS = "scep.hint."

CAPTURES = [pytest.param(path, id=path.stem) for path in capture_files()]


@pytest.fixture(scope="module")
def own_fields(tshark):
    names = []
    for line in tshark.run("-G", "fields", quiet=False).splitlines():
        cells = line.split("\t")
        if cells[0] == "F" and cells[2].startswith("scep.") and cells[3] != "FT_NONE":
            names.append(cells[2])
    return [name for name in names if name not in FORWARD and not name.startswith(HINT_FIELDS)]


def present(frames):
    """Only frames with SCEP, only fields with values."""
    result = {}
    for frame in frames:
        values = {name: value for name, value in frame.items() if value and name != "frame.number"}
        if values:
            result[frame["frame.number"][0]] = values
    return result


@pytest.mark.parametrize("capture", CAPTURES)
def test_passes_agree(tshark, own_fields, capture):
    names = ["frame.number"] + own_fields
    one = present(tshark.fields(capture, *names))
    assert one == present(tshark.fields(capture, *names, two_pass=True))
    assert one == present(tshark.fields(capture, *names, two_pass=True, only="scep"))
    assert one == present(tshark.fields(capture, *names, only="scep"))


@pytest.mark.parametrize("capture", CAPTURES)
def test_packet_list_agrees(tshark, capture):
    """The columns are written without a protocol tree too."""
    plain = [row for row in tshark.rows(capture) if row.protocol == "SCEP"]
    assert plain == [row for row in tshark.rows(capture, two_pass=True) if row.protocol == "SCEP"]
    assert plain == tshark.rows(capture, only="scep")


@pytest.mark.parametrize("capture", CAPTURES)
def test_json_agrees(tshark, capture):
    names = ["frame.number", "scep.operation", "scep.transaction_id", "scep.pki_status"]
    fields = {frame["frame.number"][0]: frame for frame in tshark.fields(capture, *names, only="scep")}
    packets = json.loads(tshark.read(capture, "-T", "json", "--no-duplicate-keys", only="scep"))
    assert {packet["_source"]["layers"]["frame"]["frame.number"] for packet in packets} == set(fields)
    for packet in packets:
        layers = packet["_source"]["layers"]
        own = layers["scep"] if isinstance(layers["scep"], list) else [layers["scep"]]
        for name in names[1:]:
            seen = [value for layer in own for value in as_list(layer.get(name, []))]
            assert sorted(seen) == sorted(fields[layers["frame"]["frame.number"]][name])


def as_list(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("capture", CAPTURES)
def test_nothing_is_malformed_that_was_not(tshark, stock, capture):
    """No dissector gives up on a frame because of the plugin; some content types lie, and stock stumbles over those."""
    if any(word in capture.stem for word in ("hostile", "damaged", "server-errors")):
        pytest.skip("made of broken messages")
    names = ["frame.number", "_ws.malformed"]
    before = {frame["frame.number"][0] for frame in stock.fields(capture, *names, only="_ws.malformed")}
    after = {frame["frame.number"][0] for frame in tshark.fields(capture, *names, only="_ws.malformed")}
    assert after <= before
