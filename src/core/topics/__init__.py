"""Which of an owner's topics papers have, and why."""
