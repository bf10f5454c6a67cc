# SPDX-License-Identifier: GPL-2.0-or-later
"""All sample captures, whole, with bytes changed at random, cut short, or without some of their frames: tshark ends well.

Meant for a plugin that was built with sanitizers. Several captures are read in one run, since most of the time of a run
is the start of tshark. The damage is the same in every run.
"""

import subprocess

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import Tshark, capture_files

CAPTURES_AT_ONCE = 8

# Bytes at the start of a frame that are left alone, so that the damage reaches HTTP and what it carries.
HEADERS = 66

# Options of editcap, and numbers of the frames that it leaves out.
DAMAGE = {
    "none": ([], []),
    "few": (["-E", "0.003", "--seed", "1", "-o", str(HEADERS)], []),
    "many": (["-E", "0.03", "--seed", "2", "-o", str(HEADERS)], []),
    "anywhere": (["-E", "0.02", "--seed", "3"], []),
    "cut": (["-s", "400"], []),
    "lost": ([], [str(number) for number in range(5, 400, 7)]),
}


def _batches():
    files = capture_files()
    return [None] + [files[start:start + CAPTURES_AT_ONCE] for start in range(0, len(files), CAPTURES_AT_ONCE)]


def _built(folder):
    """A capture that is there before any sample is."""
    pcap = Pcap()
    connection = pcap.tcp(server_port=8080)
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps&message=CA"),
                        http_response(200, b"POSTPKIOperation\r\nSHA-256\r\n", content_type="text/plain"))
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=PKIOperation&message=MIID" + "A" * 900),
                        http_response(500, b"<html>no</html>"))
    return [pcap.write(folder / "built.pcap")]


def _ends_well(capture, *arguments):
    process = Tshark().start("-n", "-r", capture, *arguments)
    report = process.stderr[-8000:]
    assert "Sanitizer" not in report and "runtime error" not in report, report
    if process.returncode != 0:
        # Wireshark's own dissectors may stumble over damage: then they do so without the plugin too.
        without = Tshark(plugin=False).start("-n", "-r", capture, *arguments)
        assert without.returncode == process.returncode, report
    assert process.stdout


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("batch", _batches(), ids=lambda batch: batch[0].stem if batch else "built")
def test_damaged(batch, damage, tmp_path):
    options, lost = DAMAGE[damage]
    together = tmp_path / "together.pcapng"
    damaged = tmp_path / "damaged.pcapng"
    subprocess.run(["mergecap", "-a", "-w", together, *(batch or _built(tmp_path))], check=True)
    subprocess.run(["editcap", *options, together, damaged, *lost], check=True, stderr=subprocess.DEVNULL)
    _ends_well(damaged, "-V", "-x")
    _ends_well(damaged, "-2", "-T", "json")
