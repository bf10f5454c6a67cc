# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing changes on captures without SCEP, and loading the plugin says nothing."""

import re

import pytest

from support.tshark import capture_files

WITHOUT = [pytest.param(path, id=path.stem) for path in capture_files() if path.stem.startswith("no-scep")]


@pytest.mark.parametrize("capture", WITHOUT)
@pytest.mark.parametrize("how", [("-V",), ("-T", "pdml"), ()], ids=["tree", "pdml", "list"])
def test_output_is_that_of_stock(tshark, stock, capture, how):
    assert undated(tshark.read(capture, *how)) == undated(stock.read(capture, *how))


def undated(text):
    """PDML says when it was written."""
    return re.sub(r' time="[^"]*"', "", text, count=1)


def test_there_is_such_a_capture():
    assert WITHOUT


def test_loading_is_silent(tshark):
    assert tshark.start("-v").stderr == ""
