# SPDX-License-Identifier: GPL-2.0-or-later
"""Which hints stand on which kind of message."""

from collections import namedtuple

# In the order of frames_of().
FIELDS = ["frame.number", "scep.hint.id", "scep.operation", "scep.step", "wcce.method", "scep.link.guess"]

# number: of the frame; hints: ids; kind: "PKIOperation", "query" for the other operations, "call to the CA", or a step
# on the way there; "encrypted" for what can only be guessed at; "" for none
Frame = namedtuple("Frame", "number hints kind")


def kind_of(operation, step, method, guess):
    if guess and step in ("Request", "Submit", "Deliver", "GetCACaps", "GetCACert"):
        return "encrypted"
    if operation:
        return operation if operation == "PKIOperation" else "query"
    return "call to the CA" if method else step.split(" ")[0]


def frames_of(lines):
    """Reads what tshark prints for FIELDS, with a blank between values. @return Frames with a hint or of a kind"""
    frames = []
    for line in lines:
        number, hints, operations, *others = line.split("\t")
        kind = kind_of(operations.split(" ")[0], *others)
        if hints or kind:
            frames.append(Frame(int(number), hints.split(), kind))
    return frames


def ids_with_a_rule(tshark):
    """@return the ids that the plugin can raise: each has an expert item"""
    rows = [line.split("\t") for line in tshark.report("fields")]
    return {row[2][len("scep.hint."):] for row in rows
            if row[0] == "F" and row[2].startswith("scep.hint.") and row[3] == "FT_NONE"} - {"own"}
