"""What follows from editions, and how it gets into a store."""
