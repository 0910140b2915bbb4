"""What can go wrong, said in one sentence: what, where, and the remedy."""

import unicodedata

# Control characters, halves of signs (bytes of a name that are no text), line and paragraph separators.
_NEVER_SHOWN = ("Cc", "Cs", "Zl", "Zp")


class NeurocyteError(Exception):
    """Base of every error a user can mend; its text is one sentence for stderr.

    Args:
        text: the sentence. Line breaks and control characters, which a file's name may bring into it, are
            shown as escapes: they would end the line or be obeyed by the terminal.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text if text.isprintable() else "".join(map(_shown, text)))


def _shown(sign: str) -> str:
    if unicodedata.category(sign) not in _NEVER_SHOWN:
        return sign
    return sign.encode("unicode_escape").decode("ascii")


class InputError(NeurocyteError):
    """A file or array that cannot be used: it is reported and skipped, the rest goes on (exit status 1)."""


class UsageError(NeurocyteError):
    """The call was wrong: an option, a path or a combination of them (exit status 2)."""


class ModelError(UsageError):
    """A model that is missing, damaged or of an unknown format version (exit status 2)."""


class MissingExtraError(UsageError):
    """A command whose optional dependencies are not installed; the text holds the pip line for them."""
