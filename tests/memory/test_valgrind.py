# SPDX-License-Identifier: GPL-2.0-or-later
"""Dissections under valgrind: no invalid access anywhere, no memory that the plugin lost.

Of the samples some of each kind, since valgrind is slow; all of them are read with sanitizers in test_damaged.py.
"""

import subprocess
import xml.etree.ElementTree

import pytest

from support.pcap import Pcap, http_request, http_response
from support.together import Together
from support.tshark import CAPTURES, Tshark, capture_files, plugin_file

SAMPLES = ("scepclient-issued", "ndes-refused", "ndes-pending", "http2-streams", "tls13-http1", "get-encodings",
           "synthetic-recipients")


def _together(folder):
    """One capture of the samples, and of an exchange that is there before any sample is."""
    pcap = Pcap()
    connection = pcap.tcp()
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps&message=CA"),
                        http_response(200, b"POSTPKIOperation\r\nSHA-256\r\n", content_type="text/plain"))
    built = pcap.write(folder / "built.pcap")
    samples = [path for path in capture_files() if path.stem in SAMPLES]
    assert len(samples) == len(SAMPLES)
    return Together([built, *samples], folder / "together.pcapng").path


def _place(frame):
    return "%s (%s:%s)" % (frame.findtext("fn"), frame.findtext("file"), frame.findtext("line"))


def _is_ours(error):
    """Wireshark and GLib lose some memory on their own at the end; a lost block is ours if we are in its stack."""
    if not error.findtext("kind").startswith("Leak_"):
        return True
    return any((frame.findtext("obj") or "").endswith("/scep.so") for frame in error.iter("frame"))


def _is_lost_by_frames(error):
    """Lost where a frame was dissected, not once per start."""
    return error.findtext("kind").startswith("Leak_") and any(
        (frame.findtext("obj") or "").endswith("/scep.so") and (frame.findtext("fn") or "").startswith("dissect_")
        for frame in error.iter("frame"))


def _run(tmp_path, is_bad, *arguments):
    """@return what tshark -V prints; fails where valgrind reports an error of that kind"""
    plugin_file()
    tshark = Tshark()
    report = tmp_path / "valgrind.xml"
    # Pools of their own would hide overruns; debug information outlives the module, which is unloaded before the end.
    environment = dict(tshark.environment, G_SLICE="always-malloc", WIRESHARK_DEBUG_WMEM_OVERRIDE="simple")
    del environment["WIRESHARK_ABORT_ON_DISSECTOR_BUG"], environment["WIRESHARK_ABORT_ON_TOO_MANY_ITEMS"]
    process = subprocess.run(
        ["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--keep-debuginfo=yes", "--num-callers=40",
         "--xml=yes", "--xml-file=%s" % report, tshark.program, "-n", "-V", *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        timeout=900, check=False)
    assert process.returncode == 0, process.stderr[-4000:]
    found = []
    for error in xml.etree.ElementTree.parse(report).getroot().iter("error"):
        if is_bad(error):
            what = error.findtext("what") or error.findtext("xwhat/text")
            found.append("\n    ".join([what] + [_place(frame) for frame in error.iter("frame")][:12]))
    assert not found, "\n".join(found[:10])
    return process.stdout


def test_memcheck(tmp_path):
    text = _run(tmp_path, _is_ours, "-r", _together(tmp_path))
    assert "Hypertext Transfer Protocol" in text
    assert "Dissector bug" not in text


def test_exceptions_lose_nothing(tmp_path):
    """A tree that may have no more items leaves whoever adds to it by an exception. Each request has one item more in
    front of ours than the one before it, so that the exception comes at each of our items once."""
    pcap = Pcap()
    for headers in range(40):
        connection = pcap.tcp()
        connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACert&message=CA",
                                         headers=[("X-Filler-%d" % number, "x") for number in range(headers)]),
                            http_response(404, b"no"))
    text = _run(tmp_path, _is_lost_by_frames, "-o", "gui.max_tree_items:150", "-r",
                pcap.write(tmp_path / "exceptions.pcap"))
    for field in ("scep", "scep.stage", "scep.operation", "scep.ca_identifier", "scep.path", "scep.host"):
        assert "Adding %s would put more than 150 items in the tree" % field in text


@pytest.mark.parametrize("name,limit", [("wcce-icpr-clear", 220), ("wcce-dcom-clear", 180),
                                        ("synthetic-messages", 120), ("stages-all", 130)])
def test_exceptions_lose_nothing_elsewhere(tmp_path, name, limit):
    """The same in trees of calls to a CA, of messages and of services."""
    text = _run(tmp_path, _is_lost_by_frames, "-o", "gui.max_tree_items:%d" % limit,
                "-r", CAPTURES / (name + ".pcapng"))
    assert "items in the tree" in text
