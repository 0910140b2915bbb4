"""The browser app and its REST API: a thin shell over `neurocyte.segmentation` (extra `web`)."""
