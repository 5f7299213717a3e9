def fizzbuzz(n):
    """Return what is said for the number n."""
