"""What the registry collects: the casebook, its rules and its vocabulary. Standard library only."""
