"""`python -m cartesia_call`, and the console script."""

import gc
import signal

# Until the command line has handlers of its own, Ctrl-C is a quiet end, not a traceback out of an import.
signal.signal(signal.SIGINT, signal.SIG_DFL)

# What is imported lives to the end: by default, each 700 new objects, the collector would look at it over
# and over again. A call begins with some 80,000, half of them before `wiring.line.run` puts them aside.
gc.set_threshold(50_000)

from cartesia_call.cli.main import main  # noqa: E402  # as said above

if __name__ == "__main__":
    main()
