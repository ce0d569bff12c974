"""From a data cut to endpoints: who is at risk, from when, and what happened to each child, traceable to records."""
