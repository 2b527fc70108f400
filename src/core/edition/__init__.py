"""A payload to a ranked edition, and its vote history."""
