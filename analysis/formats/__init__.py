"""A package of tables (CSV files and their description) in the formats of other programs."""
