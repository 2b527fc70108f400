"""The commands for an older crawler's archive."""
