"""The napari plugin: a thin shell over the Python API; it needs the extra ``napari`` and any Qt binding.

Nothing is imported here: npe2 reads the manifest and imports what is used.
"""
