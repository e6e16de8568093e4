"""`python -m tests.simulation --seeds 10000 [--start 0] [--jobs 2]`: the long run."""

import sys

from tests.simulation.run import main

sys.exit(main())
