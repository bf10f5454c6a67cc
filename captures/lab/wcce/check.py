# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares a capture with what a stock tshark, without this project's plugin, makes of it: nothing malformed,
checksums, every call in the frames that the generator names, with its opnum, and its stub, which stock shows as
bytes."""
import os

from synthetic.check import run
from synthetic.story import CAPTURES

FIELDS = [
    "frame.number",
    "_ws.malformed",
    "ip.checksum.status",
    "tcp.checksum.status",
    "dcerpc.pkt_type",
    "dcerpc.opnum",
    "dcerpc.stub_data",
    "dcerpc.encrypted_stub_data",
    "dcerpc.decrypted_stub_data",
    "dcerpc.auth_level",
    "dcerpc.cn_status",
    "_ws.expert.message",
]


def rows(scene, folder):
    extra = []
    for option in scene.open_with:
        name, value = option.split(" ", 1)
        extra += [name, os.path.join(CAPTURES, value) if name == "-K" else value]
    text = run(
        os.path.join(folder, scene.name + ".pcapng"),
        *extra,
        "-T",
        "fields",
        "-E",
        "aggregator=|",
        *(argument for name in FIELDS for argument in ("-e", name))
    )
    found = [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines() if "\t" in line]
    return {int(one["frame.number"]): one for one in found}


def problems(scene, folder=CAPTURES):
    """@return what does not fit, in words; empty when all is well"""
    seen, found = rows(scene, folder), []
    for number, one in seen.items():
        if one["_ws.malformed"] or "Long frame" in one["_ws.expert.message"]:
            found.append("frame %d malformed" % number)
        if "0" in one["ip.checksum.status"].split("|") or "0" in one["tcp.checksum.status"].split("|"):
            found.append("frame %d checksum" % number)
    wrongly = scene.facts.get("stock_decrypts_wrongly")
    for entry in scene.calls + scene.other:
        call = entry.told()
        found += _call(call, seen)
        if not wrongly:
            found += _stubs(entry, call, seen)
    if wrongly and not any(_stubs(entry, entry.told(), seen) for entry in scene.calls):
        found.append("tshark decrypts all of it rightly")
    for one in scene.told()["binds"]:
        if not {"11", "14"} & set(seen[one["frame_request"]]["dcerpc.pkt_type"].split("|")):
            found.append("frame %d: tshark finds no bind" % one["frame_request"])
    return found


def _stubs(entry, call, seen):
    """Stubs that are not what was encoded. Stock shows the whole of a stub in fragments where the last one is."""
    found = []
    for side, name in enumerate(("request", "response")):
        frames = call.get(name + "_fragments", [call["frame_" + name]])
        if side not in entry.stubs or None in frames:
            continue
        field = "dcerpc.decrypted_stub_data" if call.get("sealed") else "dcerpc.stub_data"
        data = seen[frames[-1]][field].split("|")
        wanted = entry.stubs[side].hex()
        if any(data) and not any(one.startswith(wanted) for one in data):
            found.append("frame %d: another stub than was sent" % frames[-1])
    return found


def _call(call, seen):
    frame, answer = call["frame_request"], call["frame_response"]
    name = call.get("method") or call.get("operation")
    if frame is None:
        return []
    found, one = [], seen[frame]
    if str(call["opnum"]) not in one["dcerpc.opnum"].split("|"):
        found.append("frame %d: no opnum %d for %s" % (frame, call["opnum"], name))
    if call.get("sealed") and call.get("opens", True):
        for number in (frame, answer):
            if number and not call.get("fault") and not seen[number]["dcerpc.decrypted_stub_data"]:
                found.append("frame %d: tshark does not decrypt %s" % (number, name))
    if answer and call.get("fault") is not None:
        if not seen[answer]["dcerpc.cn_status"]:
            found.append("frame %d: no fault" % answer)
    elif answer and "2" not in seen[answer]["dcerpc.pkt_type"].split("|"):
        found.append("frame %d: no response to %s" % (answer, name))
    return found
