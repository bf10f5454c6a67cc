# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin is loaded, says who it is, and stays quiet otherwise."""

import os
import re
import subprocess

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import plugin_file


@pytest.fixture(scope="module")
def plain_http(tmp_path_factory):
    pcap = Pcap()
    connection = pcap.tcp()
    connection.exchange(http_request("GET", "/list?operation=Delete&message=1"), http_response(200, b"<p>hello</p>"))
    connection.exchange(http_request("POST", "/form", body=b"operation=PKIOperation&message=AAAA"), http_response(404))
    connection.close()
    return pcap.write(tmp_path_factory.mktemp("loaded") / "plain.pcap")


def test_is_listed_as_a_dissector_plugin(tshark):
    lines = [line.split("\t") for line in tshark.report("plugins") if line.startswith("scep.so")]
    assert len(lines) == 1
    _, version, kind, path = lines[0]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert "dissector" in kind
    assert os.path.samefile(path, plugin_file())


def test_is_absent_from_stock(stock):
    assert not any(line.startswith("scep.so") for line in stock.report("plugins"))
    assert "scep" not in [line.split("\t")[2] for line in stock.report("protocols")]


def test_registers_its_protocol(tshark):
    assert "scep" in [line.split("\t")[2] for line in tshark.report("protocols")]


@pytest.mark.parametrize("arguments", [["-G", "plugins"], ["-G", "protocols"], ["-G", "fields"], ["-G", "decodes"],
                                       ["-G", "heuristic-decodes"], ["-G", "currentprefs"]], ids=" ".join)
def test_says_nothing_on_stderr(tshark, arguments):
    process = tshark.start(*arguments)
    assert process.returncode == 0
    assert process.stderr == ""


def test_exports_only_what_wireshark_asks_for():
    listing = subprocess.run(["nm", "-D", "--defined-only", plugin_file()], stdout=subprocess.PIPE, encoding="ascii",
                             check=True).stdout
    names = [line.split()[-1] for line in listing.splitlines()]
    foreign = [name for name in names if not name.startswith(("plugin_", "__asan", "__odr_asan", "__ubsan"))]
    assert "plugin_register" in names
    assert foreign == []


@pytest.mark.parametrize("how", [[], ["-V"], ["-2"], ["-2", "-V"], ["-T", "json"], ["-T", "pdml"]], ids=" ".join)
def test_leaves_other_traffic_as_it_is(tshark, stock, plain_http, how):
    with_plugin = tshark.read(plain_http, *how)
    assert with_plugin.count("\n") >= 10
    # PDML names the capture's time of writing in its head.
    assert _without_time(with_plugin) == _without_time(stock.read(plain_http, *how))


def _without_time(text):
    return re.sub(r'<pdml .*?>', "", text)
