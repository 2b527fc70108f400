"""A payload to a ranked edition, and what is known of it over time."""
