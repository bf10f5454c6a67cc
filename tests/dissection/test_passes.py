# SPDX-License-Identifier: GPL-2.0-or-later
"""One pass, two passes, a filter, JSON and the packet list show the same of every sample capture.

The captures are read together, some at a time: that is faster by far, and a harder test, since what one capture left
behind must not show up in the next in one way of reading only.
"""

import pytest

from support.together import Together, batches
from support.tshark import capture_files, find_fields

OWN = ("scep.", "wcce.")
OURS = "scep || wcce || scep.stage || scep.link.guess"
PROTOCOLS = ("SCEP", "ICertRequestD", "ICertRequestD2", "ICertPassage")

# What only the whole capture tells: there from the second pass on, as everywhere in Wireshark.
# A proxy is known as one when its message is seen behind it, the name of a host when TLS tells it.
FORWARD = {"scep.response_in", "wcce.response_in", "scep.enrollment.answer", "scep.role.src", "scep.role.dst",
           "scep.link.host", "scep.enrollment.outcome", "scep.enrollment.root_cause", "scep.enrollment.title"}
# A profile comes in front of the enrollment that it leads to.
FORWARD_OF_SYNC = ("scep.enrollment", "scep.enrollment.first")
# A question behind a request that had failed: the request that follows tells whether it is for another try of the same.
FORWARD_OF_RETRY = ("scep.enrollment", "scep.enrollment.first", "scep.enrollment.previous")
# Hints that need the whole capture, or settle with it; their fields differ between the passes by design.
HINT_FIELDS = "scep.hint."

# Made of broken messages, over which other dissectors stumble too.
BROKEN = ("hostile", "damaged", "server-errors")

BATCHES = [pytest.param(batch, id="batch%d" % number, marks=pytest.mark.xdist_group("batch%d" % number))
           for number, batch in enumerate(batches(capture_files(), 2), 1)]


@pytest.fixture(scope="module", params=BATCHES)
def together(request, tmp_path_factory):
    return Together(request.param, tmp_path_factory.mktemp("together") / "together.pcapng")


@pytest.fixture(scope="module")
def own_fields(tshark):
    names = []
    for line in tshark.run("-G", "fields", quiet=False).splitlines():
        cells = line.split("\t")
        if cells[0] == "F" and cells[2].startswith(OWN) and cells[3] != "FT_NONE":
            names.append(cells[2])
    return [name for name in names if name not in FORWARD and not name.startswith(HINT_FIELDS)]


@pytest.fixture(scope="module")
def one_pass(tshark, together, own_fields):
    return by_frame(tshark.fields(together.path, "frame.number", "_ws.malformed", *own_fields))


def without_forward(values):
    """The fields of one frame that every pass can know."""
    hidden = FORWARD_OF_SYNC if values.get("scep.step") == ["Sync"] else ()
    if "scep.enrollment.after_failure" in values:
        hidden = FORWARD_OF_RETRY
    return {name: value for name, value in values.items() if name not in hidden}


def by_frame(frames):
    """{number: {field: values}}; only frames and fields with values"""
    result = {}
    for frame in frames:
        values = without_forward({name: value for name, value in frame.items() if value and name != "frame.number"})
        if values:
            result[int(frame["frame.number"][0])] = values
    return result


def own(frames):
    """by_frame() without what is not ours"""
    result = {}
    for number, values in frames.items():
        scep = {name: value for name, value in values.items() if name.startswith(OWN)}
        if scep:
            result[number] = scep
    return result


def same(together, first, second):
    """Tells what differs, and where it came from, or nothing."""
    found = []
    for number in sorted(first.keys() | second.keys()):
        one, other = first.get(number, {}), second.get(number, {})
        found += ["%s: %s: %s != %s" % (together.origin(number), name, one.get(name), other.get(name))
                  for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
    assert not found, "\n".join(found[:40])


def test_two_passes_agree_with_one(tshark, together, own_fields, one_pass):
    two = by_frame(tshark.fields(together.path, "frame.number", *own_fields, two_pass=True))
    same(together, own(one_pass), two)
    assert len(two) > 100


def test_a_filter_changes_nothing(tshark, together, own_fields, one_pass):
    same(together, own(one_pass), by_frame(tshark.fields(together.path, "frame.number", *own_fields,
                                                                     only=OURS)))


def test_json_agrees(tshark, together, one_pass):
    names = ["scep.operation", "scep.transaction_id", "scep.pki_status", "scep.stage", "scep.step",
             "scep.enrollment", "scep.enrollment.after_failure"]
    seen = {}
    for layers in tshark.json(together.path, only=OURS, two_pass=True):
        values = find_fields(layers, "scep.")
        # -T fields cannot tell an empty value from none
        full = {name: sorted(filter(None, values.get(name, []))) for name in names}
        seen[int(layers["frame"]["frame.number"])] = without_forward(
            {name: value for name, value in full.items() if value})
    wanted = {number: {name: sorted(values[name]) for name in names if name in values}
              for number, values in own(one_pass).items()}
    same(together, wanted, seen)


def test_packet_list_agrees(tshark, together, one_pass):
    """The columns are written without a protocol tree too."""
    plain = {row.frame: {"row": row} for row in tshark.rows(together.path) if row.protocol in PROTOCOLS}
    two = {row.frame: {"row": row} for row in tshark.rows(together.path, two_pass=True) if row.protocol in PROTOCOLS}
    same(together, plain, two)
    named = {number for number, values in one_pass.items() if "scep.operation" in values or "wcce.method" in values}
    assert named <= set(plain), [together.origin(number) for number in named - set(plain)]


def test_reports_agree(tshark, together):
    """A report is about the whole capture in whatever way it was read."""
    one, two = (tshark.run("-n", "-q", *passes, "-r", together.path, "-z", "scep,report,json")
                for passes in ([], ["-2"]))
    assert one.splitlines() == two.splitlines()
    assert len(one.splitlines()) > 20


def test_nothing_is_malformed_that_was_not(stock, together, one_pass):
    """No dissector gives up on a frame because of the plugin; some content types lie, and stock stumbles over those."""
    names = ["frame.number", "_ws.malformed"]
    before = set(by_frame(stock.fields(together.path, *names, only="_ws.malformed")))
    after = {number for number, values in one_pass.items() if "_ws.malformed" in values}
    new = [together.origin(number) for number in sorted(after - before)]
    assert [name for name in new if not any(word in name for word in BROKEN)] == []
