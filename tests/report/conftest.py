"""The browser, for the tests of the page."""

from browser import chromium, open_page

__all__ = ["chromium", "open_page"]
