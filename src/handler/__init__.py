"""Entry points and the composition root: Lambda, command line, settings, events."""
