# SPDX-License-Identifier: GPL-2.0-or-later
"""One dissection under valgrind: no invalid access anywhere, no memory that the plugin lost.

Of the samples some of each kind, since valgrind is slow; all of them are read with sanitizers in test_damaged.py.
"""

import subprocess
import xml.etree.ElementTree

from support.pcap import Pcap, http_request, http_response
from support.together import Together
from support.tshark import Tshark, capture_files, plugin_file

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


def test_memcheck(tmp_path):
    plugin_file()
    tshark = Tshark()
    report = tmp_path / "valgrind.xml"
    # Pools of their own would hide overruns; debug information outlives the module, which is unloaded before the end.
    environment = dict(tshark.environment, G_SLICE="always-malloc", WIRESHARK_DEBUG_WMEM_OVERRIDE="simple")
    process = subprocess.run(
        ["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--keep-debuginfo=yes", "--num-callers=40",
         "--xml=yes", "--xml-file=%s" % report, tshark.program, "-n", "-V", "-r", _together(tmp_path)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        timeout=900, check=False)
    assert process.returncode == 0, process.stderr[-4000:]
    assert "Hypertext Transfer Protocol" in process.stdout

    found = []
    for error in xml.etree.ElementTree.parse(report).getroot().iter("error"):
        if _is_ours(error):
            what = error.findtext("what") or error.findtext("xwhat/text")
            found.append("\n    ".join([what] + [_place(frame) for frame in error.iter("frame")][:12]))
    assert not found, "\n".join(found[:10])
