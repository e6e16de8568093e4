"""Figures: rolled-up counts, sends over time, the overview."""
