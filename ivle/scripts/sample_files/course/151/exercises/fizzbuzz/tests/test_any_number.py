from attempt import fizzbuzz
from hypothesis import given
from hypothesis import strategies as st

numbers = st.integers(min_value=1, max_value=10_000)


def test_one_is_said_as_it_is():
    assert fizzbuzz(1) == '1'


@given(numbers)
def test_fizz_is_heard_for_what_can_be_divided_by_3(n):
    assert str(fizzbuzz(n)).startswith('Fizz') == (n % 3 == 0)


@given(numbers)
def test_buzz_is_heard_for_what_can_be_divided_by_5(n):
    assert str(fizzbuzz(n)).endswith('Buzz') == (n % 5 == 0)


@given(numbers.filter(lambda n: n % 3 and n % 5))
def test_every_other_number_is_said_as_it_is(n):
    assert fizzbuzz(n) == str(n)
