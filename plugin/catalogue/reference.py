# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes plugin/hints.md, the reference of every hint, from the catalogue and the rules beside it:
    /usr/bin/python3 plugin/catalogue/reference.py

The catalogue is read as text, in the order of hints.inc. A hint counts as raised when plugin/core/diagnosis has a row
for it in a table of rules."""
import ast
import re
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent
DOCUMENT = CATALOGUE.parent / "hints.md"
CORE = CATALOGUE.parent / "core"

SEVERITY = {"SCEP_SEVERITY_NOTE": "note", "SCEP_SEVERITY_WARNING": "warning", "SCEP_SEVERITY_ERROR": "error"}
CONFIDENCE = {
    "SCEP_CONFIDENCE_POSSIBLE": "possible",
    "SCEP_CONFIDENCE_LIKELY": "likely",
    "SCEP_CONFIDENCE_CERTAIN": "certain",
}
GRADE = {
    "SCEP_GRADE_GENERAL": "general meaning",
    "SCEP_GRADE_ODDITY": "oddity",
    "SCEP_GRADE_MEASURED": "measured",
    "SCEP_GRADE_SAID": "said",
}
# As scep_hint_grade() has it, where the row leaves it open.
USUAL_GRADE = {"possible": "general meaning", "likely": "measured", "certain": "said"}
VISIBLE = {
    "SCEP_VISIBLE_TCP": "TCP, TLS or DNS, without any key",
    "SCEP_VISIBLE_HTTP": "clear HTTP, or TLS with its secrets",
    "SCEP_VISIBLE_INSIDE": "the envelope, with the private key that opens it",
    "SCEP_VISIBLE_RPC": "DCE/RPC headers",
    "SCEP_VISIBLE_STUB": "DCE/RPC stubs, clear or decrypted",
    "SCEP_VISIBLE_LOG": "a log only",
}
STAGES = ["no stage", "1, profile and challenge", "2, device to NDES", "3, NDES to policy module", "4, NDES to CA",
          "5, delivery", "6, report to Intune"]

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|\.\w+|\w+|\S', re.DOTALL)
PLAIN = {"stage", "visible", "severity", "confidence", "grade"}
STRINGS = {"id", "condition", "text", "causes", "check", "log", "platform", "source", "not_shown"}

INTRODUCTION = """# Hints

<!-- written by plugin/catalogue/reference.py from plugin/catalogue/hints_*.inc: change those, then run it -->

Every hint that the catalogue knows, {count} in all; rules raise {raised} of them. A hint stands on its frame as \
`scep.hint.id`
and as the expert item `scep.hint.` + id, and in the reports.

* **Severity**: what it means for the enrollment. In a report one that resolved itself is a note, whatever stands here.
* **Confidence**: *certain* is what the bytes say, *likely* the usual reason, *possible* one of several.
* **Grade** is what it is worth as the explanation of a stop: *said* by a peer or proven by arithmetic before a
  *measured* misfit of two sides, before an *oddity* that some products refuse and others
  serve, before the *general meaning* of a status.
  An oddity of what was served is a note.
* **Causes** stand in the order of likelihood.
* **Shows in** names what a capture must hold before anyone can see it.
* **Source** is where the row comes from: the short name of a page of Microsoft's documentation, a report of users, a
  specification, or *project rule* where it follows from what the messages say by themselves.
* **Raised** is *yes* where a rule raises it; else it says why there is none.
"""


def tokens(text):
    """The words of C code, in order: strings with their quotes, comments whole."""
    return TOKEN.findall(text)


def hints_of(text):
    """@return [(heading or None, {member: text})] of one fragment; neighboring strings are one"""
    found, heading, row, member, depth = [], None, None, None, 0
    for word in tokens(text):
        if word.startswith("/*"):
            # What stands between the rows is a heading; the first comment of a file is its own.
            heading = " ".join(word[2:-2].split()) if row is None and "SPDX" not in word else heading
        elif word == "SCEP_HINT":
            row = {}
        elif row is None:
            continue
        elif word in "()":
            depth += 1 if word == "(" else -1
            if depth == 0:
                found.append((heading, row))
                row, heading, member = None, None, None
        elif "id" not in row:
            row["id"] = word
        elif word.startswith("."):
            member = word[1:]
        elif word.startswith('"'):
            # C and Python write the escapes of this catalogue alike.
            row[member] = row.get(member, "") + ast.literal_eval(word)
        elif member in PLAIN and re.match(r"\w", word):
            row[member] = word
    for _, row in found:
        row.setdefault("not_shown", None)
    return found


def hints():
    """Every row with its heading, in the order of hints.inc."""
    order = re.findall(r'#include "(hints_\w+\.inc)"', (CATALOGUE / "hints.inc").read_text(encoding="utf-8"))
    rows = [row for name in order for row in hints_of((CATALOGUE / name).read_text(encoding="utf-8"))]
    for _, row in rows:
        row.setdefault("grade", None)
    return rows


def ruled():
    """Ids that a table of rules has a row for."""
    row = re.compile(r"\{ SCEP_HINT_([a-z0-9_]+),\s+SCEP_(?:ON|AT)_")
    return {hint for path in (CORE / "diagnosis").glob("*.c") for hint in row.findall(path.read_text(encoding="utf-8"))}


def raised(hint, rules):
    if hint["id"] in rules:
        return "yes"
    if hint["not_shown"] is not None:
        return "no: " + hint["not_shown"]
    return "no: no rule looks for it yet"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("\n", " ")


def grade(hint):
    return GRADE.get(hint.get("grade")) or USUAL_GRADE[CONFIDENCE[hint["confidence"]]]


def entry(hint, rules):
    """@return the lines of one hint"""
    causes = [cause for cause in hint["causes"].split("; ") if cause]
    rows = [
        ("Stage", STAGES[int(hint["stage"])]),
        ("Severity, confidence", "%s, %s" % (SEVERITY[hint["severity"]], CONFIDENCE[hint["confidence"]])),
        ("Grade", grade(hint)),
        ("Seen", hint["condition"]),
        ("Means", hint["text"]),
        ("Causes", "; ".join("%d. %s" % pair for pair in enumerate(causes, 1)) if len(causes) > 1 else "".join(causes)),
        ("Check", hint["check"]),
        ("Log, event", hint["log"]),
        ("Platform", hint["platform"]),
        ("Shows in", VISIBLE[hint["visible"]]),
        ("Source", hint["source"]),
        ("Raised", raised(hint, rules)),
    ]
    lines = ["| %s | %s |" % (name, cell(text or "-")) for name, text in rows]
    return ["### " + hint["id"], "", "| | |", "|---|---|", *lines, ""]


def document():
    """@return the whole text of plugin/hints.md"""
    rows, rules = hints(), ruled()
    number = sum(hint["id"] in rules for _, hint in rows)
    lines = INTRODUCTION.format(count=len(rows), raised=number).splitlines()
    lines += ["", "| hint | stage | severity | confidence | raised |", "|---|---|---|---|---|"]
    for _, hint in rows:
        lines.append("| [%s](#%s) | %s | %s | %s | %s |" % (
            hint["id"], hint["id"], hint["stage"], SEVERITY[hint["severity"]], CONFIDENCE[hint["confidence"]],
            "yes" if hint["id"] in rules else "no"))
    lines.append("")
    for heading, hint in rows:
        lines += ["## " + heading, ""] if heading else []
        lines += entry(hint, rules)
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
