"""A request's transaction: the answer's status decides, and a look changes nothing."""

import threading
from pathlib import Path

import pytest
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPBadRequest, HTTPSeeOther
from pyramid.response import Response
from sqlalchemy.exc import DBAPIError
from webtest import TestApp

from ivle.models import User
from ivle.settings import Settings
from tests.course import add_person


def write(request):
    add_person(request.dbsession, 'jdoe')
    return Response('written')


def write_and_refuse(request):
    add_person(request.dbsession, 'jdoe')
    return HTTPBadRequest()


def write_and_raise_refusal(request):
    add_person(request.dbsession, 'jdoe')
    raise HTTPBadRequest()


def write_and_redirect(request):
    add_person(request.dbsession, 'jdoe')
    return HTTPSeeOther('/elsewhere')


def write_and_raise_redirect(request):
    add_person(request.dbsession, 'jdoe')
    raise HTTPSeeOther('/elsewhere')


def write_and_break(request):
    add_person(request.dbsession, 'jdoe')
    raise ZeroDivisionError


def look_and_write_beside(request):
    with request.reading() as db:
        seen = db.query(User).count()
    with request.registry.database.writing() as db:
        add_person(db, f'p{seen}')
    return Response(str(seen))


def write_in_a_look(request):
    with request.reading() as db:
        add_person(db, 'jdoe')
    return Response('written')


def count_up(request):
    user = request.dbsession.query(User).one()
    user.name += '+'
    return Response('counted')


VIEWS = (
    count_up,
    write,
    write_and_refuse,
    write_and_raise_refusal,
    write_and_redirect,
    write_and_raise_redirect,
    write_and_break,
    look_and_write_beside,
    write_in_a_look,
)


class Pages:
    """A site of nothing but the views above."""

    def __init__(self, data):
        config = Configurator()
        config.registry.ivle = Settings(data=Path(data))
        config.include('ivle.models')
        for view in VIEWS:
            config.add_route(view.__name__, f'/{view.__name__}')
            config.add_view(view, route_name=view.__name__)
        self.browser = TestApp(config.make_wsgi_app())
        self.database = config.registry.database

    def post(self, view):
        return self.browser.post(f'/{view.__name__}', expect_errors=True)

    def people(self):
        with self.database.reading() as db:
            return db.query(User).count()


@pytest.fixture
def pages(data):
    opened = Pages(data)
    try:
        yield opened
    finally:
        opened.database.close()


@pytest.mark.parametrize('view', [write, write_and_redirect, write_and_raise_redirect])
def test_an_answer_below_400_keeps_what_was_written(pages, view):
    pages.post(view)
    assert pages.people() == 1


@pytest.mark.parametrize('view', [write_and_refuse, write_and_raise_refusal])
def test_a_refusal_takes_everything_back(pages, view):
    assert pages.post(view).status_int == 400
    assert pages.people() == 0


def test_a_fault_takes_everything_back(pages):
    with pytest.raises(ZeroDivisionError):
        pages.post(write_and_break)
    assert pages.people() == 0


@pytest.mark.parametrize('method', ['get', 'head', 'options'])
def test_a_safe_request_cannot_write_whatever_its_view_tries(pages, method):
    with pytest.raises(DBAPIError, match='readonly'):
        getattr(pages.browser, method)('/write')
    assert pages.people() == 0


def test_a_look_is_free_of_the_request_s_own_transaction(pages):
    assert [pages.post(look_and_write_beside).text for _ in range(3)] == ['0', '1', '2']


def test_a_look_cannot_write_even_while_something_is_changed(pages):
    with pytest.raises(DBAPIError, match='readonly'):
        pages.post(write_in_a_look)


def test_requests_that_read_and_then_write_never_overwrite_each_other(pages):
    pages.post(write)

    def count_up():
        for _ in range(10):
            TestApp(pages.browser.app).post('/count_up')

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pages.database.reading() as db:
        assert db.query(User).one().name == 'Jdoe' + '+' * 40
