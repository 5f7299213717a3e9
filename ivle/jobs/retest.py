"""Re-tests."""

KINDS = {}
