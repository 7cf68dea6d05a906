"""What the demo, the benchmarks and the fault tests share: a mail lab and a Postroom process."""
import signal
import sys


def exit_on_signals():
    """A program that is told to end still ends what it started, in its `finally` blocks."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("interrupted"))
