"""``python -m bench_harness``: the command line, also from a tree that is not installed."""

import sys

from bench_harness.cli import main

sys.exit(main())
