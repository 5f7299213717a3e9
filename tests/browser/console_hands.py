"""What the tests of the console's script do with a page, and where they look."""


def line(page):
    return page.locator('.console-input')


def enter(page, text):
    line(page).fill(text)
    line(page).press('Enter')


def log(page):
    return page.get_by_role('log')


def state(page):
    return page.locator('.console-state')


def hints(page):
    return page.locator('.console-hints')
