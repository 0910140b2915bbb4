"""Which images are most worth annotating."""

from neurocyte.suggest.ranking import Candidate, Suggestion, expected_error, rank

__all__ = ["Candidate", "Suggestion", "expected_error", "rank"]
