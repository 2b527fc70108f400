"""Long simulated times: `pytest tests/soak` runs some months of them, `SOAK=1` all."""
