"""Scripts that `make` or a person runs; no part of the product imports them."""
