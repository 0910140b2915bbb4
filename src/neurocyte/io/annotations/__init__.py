"""Annotation formats: each is read as image + label image."""
