"""Fakes of equal rank: full implementations of the ports that keep everything in memory."""
