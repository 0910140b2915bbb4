"""Models between people: packed into one file, unpacked with care, and described for bioimage.io."""
