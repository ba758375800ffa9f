"""Invented rounds: `invent` makes up the truth as tidy tables."""

from ecanalysis.sample.invent import SEED, Invented, invent

__all__ = ["SEED", "Invented", "invent"]
