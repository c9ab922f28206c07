"""Data health: what in the records does not fit together, found by one registry of checks (`checks.CHECKS`)."""
