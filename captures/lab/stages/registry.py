# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures by name."""
import importlib

from .story import Stages

CAPTURES = {}
MODULES = ("whole", "tls", "tcp", "healthy", "proxies", "others")


def load():
    for name in MODULES:
        importlib.import_module("stages.captures_" + name)


def capture(name, about, look, twin=None, sealed=False):
    """Registers a function that tells a Stages. twin: name of the same without TLS secrets; sealed: it has none
    itself."""

    def register(function):
        CAPTURES[name] = (about, look, twin, sealed, function)
        return function

    return register


def tell(name):
    """@return the finished Stages"""
    about, look, twin, sealed, function = CAPTURES[name]
    story = Stages(name, about, look, twin, sealed)
    function(story)
    return story
