"""The model folder: load, check, list."""
