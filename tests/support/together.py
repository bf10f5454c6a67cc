# SPDX-License-Identifier: GPL-2.0-or-later
"""Several captures as one: most of the time of a short run of tshark is its start."""

import bisect
import subprocess


class Together:
    """Captures one after the other in one file."""

    def __init__(self, captures, path):
        """captures: their paths, in order; path: where the file is written"""
        self.path = path
        self.captures = list(captures)
        subprocess.run(["mergecap", "-a", "-w", path, *self.captures], check=True)
        self._last = []
        for capture in self.captures:
            self._last.append((self._last[-1] if self._last else 0) + _frames(capture))

    def place(self, frame):
        """@return (name of the capture, number of the frame in it, number of frames in front of it)"""
        which = bisect.bisect_left(self._last, int(frame))
        before = self._last[which - 1] if which else 0
        return self.captures[which].stem, int(frame) - before, before

    def origin(self, frame):
        """@return "NAME frame N" for a frame number of the file"""
        return "%s frame %d" % self.place(frame)[:2]


def _frames(capture):
    """@return number of frames in a capture"""
    # -M: numbers as they are; -T, -c: a table with the count only
    text = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", capture], stdout=subprocess.PIPE, encoding="utf-8",
                          check=True).stdout
    return int(text.split("\t")[1])


def batches(captures, count):
    """Divides captures into count lists of about the same number of bytes. @return the lists that are not empty"""
    lists = [[] for _ in range(count)]
    sizes = [0] * count
    for capture in sorted(captures, key=lambda path: (-path.stat().st_size, path.name)):
        smallest = sizes.index(min(sizes))
        lists[smallest].append(capture)
        sizes[smallest] += capture.stat().st_size
    return [sorted(one) for one in lists if one]
