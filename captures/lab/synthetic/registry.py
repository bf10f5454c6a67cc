# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures by name."""
import importlib

from .story import Story

CAPTURES = {}
MODULES = ("ndes", "http", "checks", "messages", "encodings", "crypto", "enrollments", "services", "outcomes")


def load():
    """Imports the modules that register captures."""
    for name in MODULES:
        importlib.import_module("synthetic.captures_" + name)


def capture(name, about, look, snaplen=262144):
    """Registers a function that tells a Story. look: what to look for, for the table in captures/README.md."""

    def register(function):
        CAPTURES[name] = (about, look, snaplen, function)
        return function

    return register


def tell(name):
    """@return the finished Story"""
    about, _, snaplen, function = CAPTURES[name]
    story = Story(name, about, snaplen)
    function(story)
    return story
