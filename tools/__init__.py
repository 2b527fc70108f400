"""What `make package` runs; nothing of it is in the package."""
