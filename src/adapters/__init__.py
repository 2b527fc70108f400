"""The implementations of `core.model.ports`, one vendor a file. They decide nothing."""
