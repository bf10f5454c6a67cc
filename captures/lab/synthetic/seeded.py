# SPDX-License-Identifier: GPL-2.0-or-later
"""Randomness that is the same on every run: nonces, paddings, session keys, serial numbers."""
import hashlib


class Rng:
    """Bytes that follow from the seed alone. Not for anything but sample captures."""

    def __init__(self, *seed):
        self.seed = "/".join(str(part) for part in seed).encode()
        self.counter = 0

    def bytes(self, size):
        self.counter += 1
        return hashlib.shake_256(self.seed + b"#%d" % self.counter).digest(size)

    def nonzero(self, size):
        """Bytes without a zero among them, as PKCS#1 v1.5 padding needs."""
        found = b""
        while len(found) < size:
            found += self.bytes(size).replace(b"\0", b"")
        return found[:size]

    def below(self, limit):
        return int.from_bytes(self.bytes(12), "big") % limit

    def between(self, low, high):
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def choice(self, options):
        return options[self.below(len(options))]

    def serial(self, size=19):
        """A positive certificate serial number of that many bytes."""
        return int.from_bytes(b"\x4f" + self.bytes(size - 1), "big")

    def shuffled(self, items):
        items = list(items)
        for at in range(len(items) - 1, 0, -1):
            other = self.below(at + 1)
            items[at], items[other] = items[other], items[at]
        return items
