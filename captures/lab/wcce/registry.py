# SPDX-License-Identifier: GPL-2.0-or-later
"""The captures by name."""
import importlib

from .scene import Scene

CAPTURES = {}
MODULES = ("passage", "objects", "faults", "sealed", "combined", "odd", "unreached")


def load():
    for name in MODULES:
        importlib.import_module("wcce.captures_" + name)


def capture(name, about, look):
    def register(function):
        CAPTURES[name] = (about, look, function)
        return function

    return register


def tell(name):
    """@return the finished Scene"""
    about, look, function = CAPTURES[name]
    scene = Scene(name, about, look)
    function(scene)
    return scene
