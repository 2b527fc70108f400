"""Commands of the Makefile; nothing of them is in the package."""
