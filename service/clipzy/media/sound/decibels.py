"""Decibels of amplitude."""

from __future__ import annotations


def linear(db: float) -> float:
    """The factor of amplitudes that so many decibels are."""
    return float(10 ** (db / 20))
