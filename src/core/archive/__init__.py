"""The archive's state, the lease, and what follows from editions."""
