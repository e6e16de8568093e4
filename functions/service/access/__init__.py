"""Workspaces, which own everything else."""
