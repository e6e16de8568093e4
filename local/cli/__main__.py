"""`python -m local.cli`."""

from local.cli.main import main

main()
