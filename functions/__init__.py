"""The product: a pure core (`flow`, `mail`), its use cases (`service`) and their edges."""
