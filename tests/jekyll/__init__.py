"""Posts on the real Jekyll: what a blog shows of them."""
