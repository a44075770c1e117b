"""`python -m cartesia_call`, and the console script."""

import gc
import signal
import sys

# Until the command line has handlers of its own, Ctrl-C is a quiet end, not a traceback out of an import.
signal.signal(signal.SIGINT, signal.SIG_DFL)

# What is imported lives to the end: by default, each 700 new objects, the collector would look at it over
# and over again. A call begins with some 80,000, fewer than so many: the collector looks at none of them, and
# those that `wiring.line.run` puts aside it never will.
gc.set_threshold(100_000)

from cartesia_call.lazy_modules import SELDOM_USED, load_lazily  # noqa: E402  # as said above

load_lazily(*SELDOM_USED)

from cartesia_call.cli.starting import take_place  # noqa: E402  # as said above

# Before most of the program is loaded, for that is what those who start together wait for.
take_place(sys.argv[1:])

from cartesia_call.cli.main import main  # noqa: E402  # as said above

if __name__ == "__main__":
    main()
