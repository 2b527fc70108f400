"""The site in a real browser: headless Chromium on pages that `paperboy serve` answers with."""
