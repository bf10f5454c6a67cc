# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand enrollments at once, over connections that they share, held against the list of the generator."""

import json
import subprocess
import sys

import pytest

from support.tshark import CAPTURES

COUNT = 1000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """(capture, enrollments that were made)"""
    folder = tmp_path_factory.mktemp("many")
    subprocess.run([sys.executable, CAPTURES / "lab" / "synthetic" / "bulk.py", str(COUNT), folder / "many.pcapng",
                    "--expected", folder / "many.json", "--cheap"], check=True)
    return folder / "many.pcapng", json.loads((folder / "many.json").read_text(encoding="utf-8"))["enrollments"]


@pytest.mark.xdist_group("many")
@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one_pass", "two_passes"])
def test_every_message_is_in_its_enrollment(tshark, many, passes):
    capture, made = many
    text = tshark.run("-n", "-q", *passes, "-r", capture, "-z", "scep,report,json")
    lines = [json.loads(line) for line in text.splitlines()]
    keys = ("client", "server", "transaction_id", "outcome", "frames")
    seen = sorted(([line[key] for key in keys] for line in lines[:-1]), key=lambda values: values[-1])
    assert seen == sorted(([fact[key] for key in keys] for fact in made), key=lambda values: values[-1])
    assert lines[-1]["enrollments"] == len(made) == COUNT
