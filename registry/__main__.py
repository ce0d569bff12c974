"""`python -m registry` is the command `anakinra-registry`."""

from registry.cli import main

main()
