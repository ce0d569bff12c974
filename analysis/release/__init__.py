"""Rows of the analysis for data that leave the registry: what the report says can be rebuilt from them."""
