"""`batch` whose `--max-live` takes any number: what is beyond the option's own limit can be measured so.

Started by `benchmarks.peers.live_calls` for more calls than that.
"""

from __future__ import annotations

from cartesia_call.cli.main import main
from cartesia_call.declarations.setting import settings_in
from cartesia_call.settings.dial_list import ListSettings

if __name__ == "__main__":
    object.__setattr__(settings_in(ListSettings)["most_live"], "parse", int)
    main()
