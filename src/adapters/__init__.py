"""One vendor a file: the outside world behind the ports of `core.ports`, with no decisions."""
