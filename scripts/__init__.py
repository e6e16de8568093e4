"""Run by `make` or by hand; no part of the product imports what is here."""
