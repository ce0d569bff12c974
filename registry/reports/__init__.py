"""Interim analyses and their reports: `interim` runs one and keeps its files, which a page shows or a zip holds."""
