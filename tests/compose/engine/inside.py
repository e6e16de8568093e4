"""What runs in the enclosure: `python -m tests.compose.engine.inside full CGROUP`.

Waits for a line on its standard input, which says that the network is there.
"""

import sys

from tests.compose.engine import full, kept, short
from tests.compose.engine.bases import make_bases
from tests.compose.engine.daemon import Daemon
from tests.compose.engine.failures import StoryError
from tests.compose.engine.steps import step
from tests.compose.engine.tools import Tools


def main(story: str, cgroup: str) -> int:
    if not sys.stdin.readline():
        return 1
    tools = Tools(kept.folder())
    daemon = Daemon(tools, kept.folder(), cgroup)
    try:
        with daemon.running():
            if story == "short":
                short.play(daemon)
            else:
                _make_ready(daemon, tools)
                full.play(daemon)
    except StoryError as failure:
        print(failure)
        return 1
    return 0


def _make_ready(daemon: Daemon, tools: Tools) -> None:
    """Makes the base images, unless the cached ones come from the same recipes."""
    if kept.built().get("recipes") == kept.keys()["recipes"]:
        return
    with step("make the images that ours start from"):
        make_bases(daemon, tools)
        kept.note_built(("recipes",))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
