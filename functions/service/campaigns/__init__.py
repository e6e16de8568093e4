"""Campaigns: edited, published, launched, ended, reopened."""
