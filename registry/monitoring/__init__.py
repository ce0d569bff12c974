"""Central monitoring: `site_figures` says what stands out at a site, from what the other modules count in SQL."""
