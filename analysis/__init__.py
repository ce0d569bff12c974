"""What the registry's data mean: estimates, figures and the report, from a data cut alone (no web, no database)."""
