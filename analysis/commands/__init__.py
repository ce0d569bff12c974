"""The subcommands of `python -m analysis`, one module each, loaded by name so that a small one stays quick to start."""
