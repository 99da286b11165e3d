"""``python -m bench_harness``: the command line, also from a tree that is not installed."""

import signal
import sys

from bench_harness import cli


def main() -> int:
    """Run the command line as a process of its own and return its exit code."""
    code = cli.main()
    # It is decided, and all is written: a late Ctrl-C must not turn it into the end by a signal.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


if __name__ == "__main__":
    sys.exit(main())
