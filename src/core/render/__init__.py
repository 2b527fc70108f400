"""An edition to each of its forms, and the escaping that each form needs."""
