"""Comparing policy variants on the same luck: who is compared, what differs, and by how much."""
