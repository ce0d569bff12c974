"""The analysis plan as values: endpoints, populations and estimands, printed under every figure and table."""
