"""Values, errors, ports, and the key of every object, for all other packages."""
