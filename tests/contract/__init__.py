"""One suite a port, run on the fake and on the real adapters."""
