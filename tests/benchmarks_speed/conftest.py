"""Benchmarks are named from the repository's root, which `python -m pytest` has on its path and `pytest` has not."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
