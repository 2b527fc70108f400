"""Tell readers of editions: what to say, when, and to whom it was said already."""
