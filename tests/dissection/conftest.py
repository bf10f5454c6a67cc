# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the tests that look at what tshark says: tshark (with the plugin), stock (without), captures."""

import pytest

from support.corpus import read_corpus
from support.tshark import CAPTURES, Tshark


@pytest.fixture(scope="session")
def tshark():
    """tshark with the plugin. Without it every test would look at the wrong thing, so that is asked first."""
    driver = Tshark()
    if not any(line.startswith("scep.so") for line in driver.start("-G", "plugins").stdout.splitlines()):
        pytest.exit("tshark does not load the plugin: run these tests by tests/run.sh", returncode=3)
    return driver


@pytest.fixture(scope="session")
def stock():
    """tshark as it comes, for comparison."""
    return Tshark(plugin=False)


@pytest.fixture(scope="session")
def captures():
    """Folder of the sample captures."""
    return CAPTURES


@pytest.fixture(scope="session")
def corpus(tshark, tmp_path_factory):
    """{name of the capture: support.corpus.Told}; tests that use it belong to the xdist_group "corpus", so that it is
    read once"""
    return read_corpus(tshark, tmp_path_factory.mktemp("corpus"))


def pytest_terminal_summary(terminalreporter):
    """Says how much test_cut.py cut, in whatever process."""
    counts = [dict(report.user_properties) for outcome in ("passed", "failed")
              for report in terminalreporter.stats.get(outcome, []) if getattr(report, "user_properties", None)]
    counts = [count for count in counts if "cut_copies" in count]
    if counts:
        terminalreporter.write_line("cut: %d healthy captures, %d cut copies, %d with an alarm" % (
            len(counts), sum(count["cut_copies"] for count in counts), sum(count["cut_alarms"] for count in counts)))
