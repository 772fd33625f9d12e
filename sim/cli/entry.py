"""Where the ``chipsim`` command begins: ready for Ctrl-C before anything that takes time is imported."""

import os
import signal
from types import FrameType

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _leave)
    from sim.cli.app import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def _leave(number: int, frame: FrameType | None) -> None:
    """Nothing has begun, so there is nothing to put in order."""
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
