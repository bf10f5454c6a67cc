# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes captures of SCEP traffic that no packaged peer produces: NDES-shaped answers, rare encodings, faults,
crowds."""
