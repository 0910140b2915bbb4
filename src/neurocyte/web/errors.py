"""What the API refuses, with the HTTP status and one sentence."""

from neurocyte.errors import NeurocyteError


class RefusedError(NeurocyteError):
    """A request that is not carried out.

    Args:
        status: of the HTTP answer.
        text: one sentence for whoever asked.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def no_such_job() -> RefusedError:
    """The id is unknown; deleted and made-up ones are answered alike."""
    return RefusedError(404, "There is no such image: it may have been deleted.")
