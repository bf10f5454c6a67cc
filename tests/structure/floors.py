# SPDX-License-Identifier: GPL-2.0-or-later
"""Which object file uses which, by the symbols that the linker sees; includes do not count.

    python3 tests/structure/floors.py BUILD_FOLDER     prints figures, and what breaks the rules
"""

import collections
import pathlib
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]

# From the ground up: a room uses itself and what stands before it here.
FLOORS = ("catalogue", "asn1", "crypto", "cms", "wire", "rpc", "services", "logs", "tracker", "diagnosis", "report")

# Files of one room that need each other, at the most.
MAX_CYCLE = 3


class Objects:
    """Object files of one target. Names are "room/file"."""

    def __init__(self, folder):
        self.uses = collections.defaultdict(lambda: collections.defaultdict(set))
        defined, wanted = {}, {}
        for path in sorted(pathlib.Path(folder).rglob("*.o")):
            # What an earlier build left of a file that has moved.
            if not (TREE / path.relative_to(folder)).with_suffix("").exists():
                continue
            name = "/".join(path.with_suffix("").with_suffix("").parts[-2:])
            wanted[name] = set()
            for line in subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout.splitlines():
                kind, symbol = line.split()[-2:]
                if kind == "U":
                    wanted[name].add(symbol)
                elif kind in "TDRBVW":
                    defined[symbol] = name
        self.names = sorted(wanted)
        for name, symbols in wanted.items():
            for symbol in symbols:
                owner = defined.get(symbol, name)
                if owner != name:
                    self.uses[name][owner].add(symbol)

    def cycles(self):
        """@return groups of files that need each other, the largest first (Tarjan's strongly connected components)"""
        number, low, stack, groups = {}, {}, [], []

        def visit(name):
            number[name] = low[name] = len(number)
            stack.append(name)
            for other in self.uses[name]:
                if other not in number:
                    visit(other)
                    low[name] = min(low[name], low[other])
                elif other in stack:
                    low[name] = min(low[name], number[other])
            if low[name] == number[name]:
                group = stack[stack.index(name):]
                del stack[stack.index(name):]
                if len(group) > 1:
                    groups.append(sorted(group))

        for name in self.names:
            if name not in number:
                visit(name)
        return sorted(groups, key=len, reverse=True)

    def climbs(self):
        """@return [(file, file on a higher floor, symbols)]"""
        found = []
        for name in self.names:
            for other, symbols in self.uses[name].items():
                if FLOORS.index(room_of(other)) > FLOORS.index(room_of(name)):
                    found.append((name, other, sorted(symbols)))
        return found


def room_of(name):
    return name.split("/")[0]


def core(build):
    return Objects(pathlib.Path(build) / "CMakeFiles" / "scep_core.dir")


def plugin(build):
    return Objects(pathlib.Path(build) / "CMakeFiles" / "scep.dir")


def main():
    for what, objects in (("core", core(sys.argv[1])), ("wireshark", plugin(sys.argv[1]))):
        cycles = objects.cycles()
        print("%s: %d files; largest cycle: %d" % (what, len(objects.names), len(cycles[0]) if cycles else 0))
        for cycle in cycles:
            print("   cycle:", " ".join(cycle))
        for climb in objects.climbs() if what == "core" else ():
            print("   climbs: %s -> %s (%s)" % (climb[0], climb[1], ", ".join(climb[2])))


if __name__ == "__main__":
    main()
