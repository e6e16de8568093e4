"""The MongoDB store: `MongoStore` over PyMongo's asynchronous client."""

import sys

# PyMongo looks for PyOpenSSL, which is never installed, and on the way loads `cryptography`, which
# takes a quarter of a second at every cold start. It then uses the standard library, as before.
sys.modules.setdefault("pymongo.pyopenssl_context", None)  # type: ignore[arg-type]

from functions.adapters.mongo.store import MongoStore  # noqa: E402 (after the line above)

__all__ = ["MongoStore"]
