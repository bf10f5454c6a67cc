# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of the traffic between NDES and its CA: MS-WCCE over DCOM and MS-ICPR over DCE/RPC."""
