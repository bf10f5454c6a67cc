# SPDX-License-Identifier: GPL-2.0-or-later
"""All sample captures, whole, with bytes changed at random, cut short, or without some of their frames: tshark ends
well.

Meant for a plugin that was built with sanitizers. Each capture is read whole, and damaged in some ways; the damage is
the same in every run. SCEP_DAMAGE_ROUNDS=N (default 1) damages N times as much, each round differently: with 6, every
capture meets every damage.
"""

import os
import subprocess

import pytest

from support.pcap import Pcap, http_request, http_response
from support.together import Together, batches
from support.tshark import Tshark, capture_files

# Bytes at the start of a frame that are left alone, so that the damage reaches HTTP and what it carries.
HEADERS = 66

# Options of editcap, and numbers of the frames that it leaves out.
DAMAGE = {
    "whole": ([], []),
    "few": (["-E", "0.003", "-o", str(HEADERS)], []),
    "many": (["-E", "0.03", "-o", str(HEADERS)], []),
    "anywhere": (["-E", "0.02"], []),
    "cut": (["-s", "400"], []),
    "lost": ([], [str(number) for number in range(5, 4000, 7)]),
}
WAYS = (["-V"], ["-2", "-T", "json"])

BATCHES = batches(capture_files(), 3)


def _cases():
    """(number of the batch, damage, seed, way of reading): the damages take turns over the batches"""
    damages = [name for name in DAMAGE if name != "whole"]
    for round_ in range(int(os.environ.get("SCEP_DAMAGE_ROUNDS", "1"))):
        for number in range(len(BATCHES)):
            if round_ == 0:
                yield number, "whole", 1, WAYS[number % 2]
            for step in range(2):
                turn = 2 * number + step + round_
                yield number, damages[turn % len(damages)], turn + 1, WAYS[(turn + 1) % 2]


def _ends_well(capture, *arguments):
    process = Tshark().start("-n", "-r", capture, *arguments, timeout=500)
    report = process.stderr[-8000:]
    assert "Sanitizer" not in report and "runtime error" not in report, report
    if process.returncode != 0:
        # Wireshark's own dissectors may stumble over damage: then they do so without the plugin too.
        without = Tshark(plugin=False).start("-n", "-r", capture, *arguments, timeout=500)
        assert without.returncode == process.returncode, report
    assert process.stdout


@pytest.mark.parametrize("number,damage,seed,way", _cases(), ids=str)
def test_samples(number, damage, seed, way, tmp_path):
    together = Together(BATCHES[number], tmp_path / "together.pcapng")
    damaged = tmp_path / "damaged.pcapng"
    options, lost = DAMAGE[damage]
    seeded = ["--seed", str(seed)] if "-E" in options else []
    subprocess.run(["editcap", *options, *seeded, together.path, damaged, *lost], check=True, stderr=subprocess.DEVNULL)
    _ends_well(damaged, *way)


def test_without_samples(tmp_path):
    """A capture that is there before any sample is."""
    pcap = Pcap()
    connection = pcap.tcp(server_port=8080)
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps&message=CA"),
                        http_response(200, b"POSTPKIOperation\r\nSHA-256\r\n", content_type="text/plain"))
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=PKIOperation&message=MIID" + "A" * 900),
                        http_response(500, b"<html>no</html>"))
    _ends_well(pcap.write(tmp_path / "built.pcap"), "-V", "-x")
