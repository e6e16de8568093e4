"""The MongoDB store: `MongoStore` over PyMongo's asynchronous client."""

from functions.adapters.mongo.store import MongoStore

__all__ = ["MongoStore"]
