"""Demonstration data: plainly synthetic children at six sites, the same for the same seed, written by ``records``."""
