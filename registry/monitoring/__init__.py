"""Central monitoring: what stands out at a site, and which checks fired, from what the other modules count in SQL."""
