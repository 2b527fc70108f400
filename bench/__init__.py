"""What `make bench` runs: Paperboy's costs, side by side with the obvious handler's."""
