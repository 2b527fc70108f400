"""What to commit to the blog, and when."""
