"""The chapters of the report, in its order: each turns a study into sections, files and results."""
