"""Adapters: they translate between ports and stores, brokers and mail servers, and never decide."""
