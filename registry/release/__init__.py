"""What leaves the study: data cuts, exports made from them, and what keeps a child from being recognised in them."""
