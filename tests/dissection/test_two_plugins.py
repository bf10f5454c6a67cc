# SPDX-License-Identifier: GPL-2.0-or-later
"""Where somebody else has the names of our protocols, Wireshark starts all the same: this plugin steps aside.

The other plugin is built here, and lies in the personal folder: Wireshark loads that one later, and registers it first.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.pcap import Pcap, http_request, http_response
from support.tshark import Tshark, plugin_file

OTHER = r"""
#include <epan/packet.h>
#include <ws_version.h>
#define EXPORTED __attribute__((visibility("default")))

EXPORTED const char plugin_version[] = "1.0";
EXPORTED const int plugin_want_major = WIRESHARK_VERSION_MAJOR, plugin_want_minor = WIRESHARK_VERSION_MINOR;
EXPORTED void plugin_register(void);
EXPORTED unsigned plugin_describe(void);

unsigned plugin_describe(void) { return 1; }

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)pinfo; (void)tree; (void)data;
    return (int)tvb_captured_length(tvb);
}

static void register_protocols(void)
{
    int proto = proto_register_protocol(TITLE, SHORT_NAME, FILTER_NAME);

    register_dissector(DISSECTOR, dissect, proto);
}

static void hand_off(void) { }

void plugin_register(void)
{
    static proto_plugin plugin = { register_protocols, hand_off };

    proto_register_plugin(&plugin);
}
"""


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    pcap = Pcap()
    connection = pcap.tcp()
    connection.exchange(http_request("GET", "/certsrv/mscep/mscep.dll?operation=GetCACaps&message=x"),
                        http_response(200, b"AES\n", "text/plain"))
    connection.close()
    return pcap.write(tmp_path_factory.mktemp("two_plugins") / "scep.pcap")


def beside(tmp_path, make):
    """@return tshark with this plugin, and with what make() puts into the personal folder that it is given"""
    driver = Tshark()
    series = ".".join(map(str, driver.version()[:2]))
    folder = tmp_path / ".local/lib/wireshark/plugins" / series / "epan"
    folder.mkdir(parents=True)
    make(folder)
    driver.environment["HOME"] = str(tmp_path)
    return driver


def other(title, short_name, filter_name, dissector):
    def make(folder):
        source = folder.parent / "other.c"
        source.write_text(OTHER, encoding="ascii")
        flags = subprocess.run(["pkg-config", "--cflags", "wireshark", "glib-2.0"], check=True, capture_output=True,
                               text=True).stdout.split()
        names = {"TITLE": title, "SHORT_NAME": short_name, "FILTER_NAME": filter_name, "DISSECTOR": dissector}
        subprocess.run(["gcc", "-shared", "-fPIC", *flags, *('-D%s="%s"' % name for name in names.items()), source,
                        "-o", folder / "other.so"], check=True)

    return make


NEEDS_COMPILER = pytest.mark.skipif(not shutil.which("gcc") or not shutil.which("pkg-config"),
                                    reason="needs gcc and pkg-config")


@NEEDS_COMPILER
@pytest.mark.parametrize("names", [
    ("Simple Certificate Enrollment Protocol", "SCEP of others", "scep_of_others", "scep_of_others"),
    ("Another SCEP", "SCEP", "scep_of_others", "scep_of_others"),
    ("Another SCEP", "SCEP of others", "scep", "scep_of_others"),
    ("Another SCEP", "SCEP of others", "scep_of_others", "scep")],
    ids=["title", "short name", "filter name", "dissector"])
def test_another_scep(stock, capture, tmp_path, names):
    tshark = beside(tmp_path, other(*names))
    run = tshark.start("-n", "-r", capture, "-V")
    assert run.returncode == 0
    lines = run.stderr.splitlines()
    assert len(lines) == 1 and "this SCEP plugin does nothing" in lines[0]
    # It is still there to be seen in the list of plugins, and leaves everything as it is.
    assert run.stdout == stock.read(capture, "-V")
    assert any(line.startswith("scep.so") for line in tshark.start("-G", "plugins").stdout.splitlines())


@NEEDS_COMPILER
@pytest.mark.parametrize("names", [("Another WCCE", "WCCE", "wcce_of_others", "wcce_of_others"),
                                   ("Another WCCE", "WCCE of others", "wcce", "wcce_of_others"),
                                   ("Another ICPR", "ICPR of others", "icertpassage", "icertpassage")],
                         ids=["short name", "filter name", "interface"])
def test_another_wcce(capture, captures, tmp_path, names):
    tshark = beside(tmp_path, other(*names))
    for path, frames in ((capture, 2), (captures / "wcce-combined.pcapng", 1)):
        run = tshark.start("-n", "-r", path, "-V", "-Y", "scep")
        assert run.returncode == 0
        lines = run.stderr.splitlines()
        assert len(lines) == 1 and "leaves calls to a CA to it" in lines[0]
        assert run.stdout.count("Simple Certificate Enrollment Protocol, ") >= frames


def test_a_copy_of_the_same_name(stock, capture, tmp_path):
    """Wireshark itself takes the first one, and says so."""
    tshark = beside(tmp_path, lambda folder: shutil.copy(plugin_file(), folder))
    run = tshark.start("-n", "-r", capture, "-Y", "scep")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) == 2
    lines = run.stderr.splitlines()
    assert len(lines) == 1 and "multiple directories" in lines[0]


def test_a_copy_of_another_name(capture, tmp_path):
    tshark = beside(tmp_path, lambda folder: shutil.copy(plugin_file(), Path(folder) / "scep-older.so"))
    run = tshark.start("-n", "-r", capture, "-Y", "scep")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) == 2
    lines = run.stderr.splitlines()
    assert len(lines) == 1 and "this SCEP plugin does nothing" in lines[0]
