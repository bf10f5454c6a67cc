# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes tests/support importable as "support" from every test folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
