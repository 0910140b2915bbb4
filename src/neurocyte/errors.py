"""What can go wrong, said in one sentence: what, where, and the remedy."""


class NeurocyteError(Exception):
    """Base of every error a user can mend; its text is one sentence for stderr."""


class InputError(NeurocyteError):
    """A file or array that cannot be used: it is reported and skipped, the rest goes on (exit status 1)."""


class UsageError(NeurocyteError):
    """The call was wrong: an option, a path or a combination of them (exit status 2)."""


class ModelError(UsageError):
    """A model that is missing, damaged or of an unknown format version (exit status 2)."""


class MissingExtraError(UsageError):
    """A command whose optional dependencies are not installed; the text holds the pip line for them."""
