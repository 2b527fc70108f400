"""What all other packages use: values, errors, ports, and the key of every object."""
