"""Schema migrations: dated, read by hand, tested both ways."""
