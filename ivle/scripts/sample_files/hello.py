"""Greet somebody."""


def greeting(name):
    return f'Hello, {name}!'


print(greeting('world'))
