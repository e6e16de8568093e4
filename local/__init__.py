"""Everything that runs EmailBuilder on your own machines."""
