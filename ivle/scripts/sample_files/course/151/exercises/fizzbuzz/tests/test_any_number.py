from attempt import fizzbuzz
from hypothesis import given
from hypothesis import strategies as st

numbers = st.integers(min_value=1, max_value=1000)


def test_one_is_said_as_it_is():
    assert fizzbuzz(1) == '1'


@given(numbers.filter(lambda n: n % 5).map(lambda n: 3 * n))
def test_what_can_be_divided_by_3_alone_is_fizz(n):
    assert fizzbuzz(n) == 'Fizz'


@given(numbers.filter(lambda n: n % 3).map(lambda n: 5 * n))
def test_what_can_be_divided_by_5_alone_is_buzz(n):
    assert fizzbuzz(n) == 'Buzz'


@given(numbers.map(lambda n: 15 * n))
def test_what_can_be_divided_by_both_is_fizzbuzz(n):
    assert fizzbuzz(n) == 'FizzBuzz'


@given(numbers.filter(lambda n: n % 3 and n % 5))
def test_every_other_number_is_said_as_it_is(n):
    assert fizzbuzz(n) == str(n)
