def fac(n):
    """Return the factorial of n."""
    if n < 0:
        raise ValueError('A negative number has no factorial.')
    return 1 if n == 0 else n * fac(n - 1)
