"""Readers and writers: image files, label images and annotation formats."""
