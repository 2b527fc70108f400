"""The archive's state, the lease, and the derived objects."""
