def fizzbuzz(n):
    """Return what is said for the number n."""
    said = ('Fizz' if n % 3 == 0 else '') + ('Buzz' if n % 5 == 0 else '')
    return said or str(n)
