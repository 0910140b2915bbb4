"""The former place of `neurocyte.measurement`: a module of this name hides `neurocyte.measure()`."""

from neurocyte.measurement import measure, summarise

__all__ = ["measure", "summarise"]
