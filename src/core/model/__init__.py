"""The words of the house: values, errors, ports, and the key of every object."""
