"""Tests with the real thing."""
