"""Comparisons on the user's own data: what `neurocyte benchmark` measures."""
