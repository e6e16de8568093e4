"""Figures: counts rolled up, sends over time, the overview."""
