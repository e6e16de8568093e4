"""`python -m harness.simulation --seeds 10000 [--start 0] [--jobs 2]`: the long run."""

import sys

from harness.simulation.run import main

sys.exit(main())
