def fac(n):
    """Return the factorial of n."""
