"""Render an edition in each of its forms, with the escaping that each form needs."""
