"""Campaigns, their flows and their lifecycle over HTTP."""
