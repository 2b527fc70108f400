"""The tests of Paperboy."""
