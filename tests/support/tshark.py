# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives tshark: one class, whose methods return what one run of it says.

The environment comes from tests/run.sh:
    WIRESHARK_PLUGIN_DIR  folder with <x.y>/epan/scep.so
    SCEP_NO_PLUGIN_DIR    folder without a plugin (default: a name that does not exist beside it)
    SCEP_TSHARK_PRELOAD   sanitizer runtimes to load into tshark, when the plugin was built with them
"""

import functools
import json
import os
import re
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
CAPTURES = TREE / "captures"

# Neither occurs in a capture's text.
_BETWEEN_FIELDS = "\x1e"
_BETWEEN_VALUES = "\x1f"

Row = namedtuple("Row", "frame protocol info")


def capture_files():
    """@return the sample captures, sorted by name"""
    return sorted(path for path in CAPTURES.glob("*") if path.suffix in (".pcap", ".pcapng"))


def plugin_file():
    """@return path of the plugin that WIRESHARK_PLUGIN_DIR leads to"""
    found = list(Path(os.environ.get("WIRESHARK_PLUGIN_DIR", "/nonexistent")).glob("*/epan/scep.so"))
    assert len(found) == 1, "WIRESHARK_PLUGIN_DIR must hold one <x.y>/epan/scep.so: use tests/run.sh"
    return found[0]


def _repeated_keys(pairs):
    """JSON objects of tshark repeat a key for each value: make such a value a list."""
    result = {}
    for key, value in pairs:
        if key not in result:
            result[key] = value
        elif isinstance(result[key], _Several):
            result[key].append(value)
        else:
            result[key] = _Several([result[key], value])
    return result


class _Several(list):
    """Values of a repeated key, as opposed to a list that tshark wrote."""


class Tshark:
    """tshark with the plugin, or without it (plugin=False)."""

    def __init__(self, plugin=True):
        self.program = os.environ.get("TSHARK") or shutil.which("tshark") or "/usr/bin/tshark"
        self.environment = dict(os.environ)
        # A dissector bug or an endless tree is a failure, not a line in the output. External capture programs, which
        # some reports start, have no part in this and do not get along with a sanitizer.
        self.environment.update(WIRESHARK_ABORT_ON_DISSECTOR_BUG="1", WIRESHARK_ABORT_ON_TOO_MANY_ITEMS="1",
                                WIRESHARK_EXTCAP_DIR="/nonexistent")
        preload = self.environment.pop("SCEP_TSHARK_PRELOAD", None)
        if not plugin:
            self.environment["WIRESHARK_PLUGIN_DIR"] = os.environ.get("SCEP_NO_PLUGIN_DIR", "/nonexistent")
        elif preload:
            # wmem's own pools hide overruns from the sanitizer; leaks of tshark itself are not ours to find.
            self.environment.update(LD_PRELOAD=preload, WIRESHARK_DEBUG_WMEM_OVERRIDE="simple",
                                    ASAN_OPTIONS="detect_leaks=0", UBSAN_OPTIONS="print_stacktrace=1")

    def start(self, *arguments, timeout=120):
        """@return the finished process, whatever became of it"""
        return subprocess.run([self.program, *map(str, arguments)], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
                              timeout=timeout, check=False)

    def run(self, *arguments, quiet=True, timeout=120):
        """@return what it printed; fails when it did not end well or, if quiet, wrote to stderr"""
        process = self.start(*arguments, timeout=timeout)
        assert process.returncode == 0, "tshark %s: exit %d: %s" % (
            " ".join(map(str, arguments)), process.returncode, process.stderr[-6000:])
        if quiet:
            assert process.stderr == ""
        return process.stdout

    def read(self, capture, *arguments, two_pass=False, only=None, **how):
        """Reads a capture; only is a display filter. @return what it printed"""
        passes = ["-2"] if two_pass else []
        which = ["-Y", only] if only else []
        return self.run("-n", "-r", capture, *passes, *which, *arguments, **how)

    def rows(self, capture, **how):
        """@return the packet list, as Row(frame, protocol, info)"""
        columns = 'gui.column.format:"N","%m","P","%p","I","%i"'
        text = self.read(capture, "-o", columns, "-T", "tabs", **how)
        return [Row(int(number), protocol, info)
                for number, protocol, info in (line.strip(" ").split("\t", 2) for line in text.splitlines())]

    def fields(self, capture, *names, options=(), **how):
        """@return for each frame a list of values for each field: [{name: [value, ...]}, ...]

        Frames without any of the fields are there too, with empty lists; ask for frame.number to know which is which.
        """
        wanted = [argument for name in names for argument in ("-e", name)]
        text = self.read(capture, "-T", "fields", "-E", "separator=" + _BETWEEN_FIELDS, "-E", "occurrence=a",
                         "-E", "aggregator=" + _BETWEEN_VALUES, *self._as_they_are, *wanted, *options, **how)
        result, row = [], ""
        for line in text.split("\n")[:-1]:
            row += line
            if row.count(_BETWEEN_FIELDS) < len(names) - 1:
                row += "\n"  # a line end inside a text, which tshark 4.2 and later print as it is
                continue
            cells, row = row.split(_BETWEEN_FIELDS), ""
            result.append({name: cell.split(_BETWEEN_VALUES) if cell else [] for name, cell in zip(names, cells)})
        return result

    @functools.cached_property
    def _as_they_are(self):
        """Since 4.2 a backslash is doubled unless asked not to."""
        return ["-E", "escape=n"] if self.version() >= (4, 2) else []

    def values(self, capture, name, **how):
        """@return every value of one field in the capture, in order"""
        return [value for frame in self.fields(capture, name, **how) for value in frame[name]]

    def frames(self, capture, only, **how):
        """@return numbers of the frames that a display filter selects"""
        return [int(number) for number in self.values(capture, "frame.number", only=only, **how)]

    def json(self, capture, *arguments, **how):
        """@return the layers of each frame; a key that tshark repeats has the list of its values"""
        text = self.read(capture, "-T", "json", *arguments, **how)
        return [packet["_source"]["layers"] for packet in json.loads(text, object_pairs_hook=_repeated_keys)]

    def verbose(self, capture, *arguments, **how):
        """@return the text of all trees"""
        return self.read(capture, "-V", *arguments, **how)

    def report(self, kind):
        """@return the lines of tshark -G kind"""
        return self.run("-G", kind).splitlines()

    def version(self):
        """@return (4, 0, 17)"""
        text = self.run("--version").splitlines()[0]
        return tuple(int(part) for part in re.search(r"(\d+)\.(\d+)\.(\d+)", text).groups())


def find_fields(layers, prefix):
    """Collects from one frame of Tshark.json every key that starts with the prefix, at any depth.

    @return {name: [value, ...]}, values of one name in the order in which they stand in the tree
    """
    result = {}

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                for one in value if isinstance(value, list) else [value]:
                    if key.startswith(prefix) and not isinstance(one, dict):
                        result.setdefault(key, []).append(one)
                    walk(one)

    walk(layers)
    return result
