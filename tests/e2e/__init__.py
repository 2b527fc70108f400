"""The function as it is packaged, in Lambda's own runtime."""
