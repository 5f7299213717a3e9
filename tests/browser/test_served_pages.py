"""A student's page in a real browser: it works as a page of its own, and can do nothing as the site."""

import os

import pytest

PROGRAM = """import os, sys
print('Content-Type: text/html\\n')
print('<title>greeting</title><p id=said>', os.environ['REQUEST_METHOD'], sys.stdin.read(), '</p>')
"""
WORKING = """<!DOCTYPE html><html lang="en"><head><title>working</title><link rel="stylesheet" href="style.css"></head>
<body><p id="styled">text</p><img id="picture" src="picture.svg" alt="">
<p id="script">nothing</p><script src="code.js"></script>
<script type="module" src="module.js"></script><p id="module">nothing</p>
<iframe id="frame" src="framed.html"></iframe>
<form action="program.py" method="post"><input name="who" value="Ada"><button>Greet</button></form>
<a href="program.py" target="_blank">Open beside</a>
</body></html>"""
# What a page that wants to be the site would try; each attempt notes its name if it got anywhere.
ATTACKS = """<!DOCTYPE html><title>attacks</title><p id="done">no</p><script>
const own = [], site = new URL('/SITE', location.href).href.replace(/\\/$/, '');
async function attempt(name, act) {
  try { if (await act()) own.push(name); } catch (error) { /* It was stopped, as it should be. */ }
}
const read = (path) => async () => (await (await fetch(site + path, {credentials: 'include'})).text()).length > 0;
const database = () => new Promise((tell) => {
  const asked = indexedDB.open('x');
  asked.onsuccess = () => tell(true);
  asked.onerror = () => tell(false);
});
(async () => {
  await attempt('profile', read('/profile'));
  await attempt('served', read('/serve/studenta/browsed/code.js'));
  await attempt('download', read('/download/studenta/browsed/code.js'));
  await attempt('cookies', () => document.cookie.length >= 0);
  await attempt('storage', () => localStorage.length >= 0);
  await attempt('database', database);
  await attempt('caches', () => caches.open('x'));
  await attempt('worker', () => new Worker(site + '/served/worker.js'));
  await attempt('origin', () => self.origin !== 'null');
  await attempt('post', () => fetch(site + '/files/studenta/browsed/@@mkdir', {
    method: 'POST', credentials: 'include', mode: 'no-cors', headers: {'Content-Type': 'text/plain'}, body: '{"name": "made"}',
  }).then(() => false));
  document.getElementById('done').textContent = 'got: ' + own.join(' ');
})();
</script>"""
POSTING = """<!DOCTYPE html><title>posting</title>
<form method="post" action="SITE/files/studenta/browsed/@@mkdir">
<input name="name" value="made"><button>Send</button></form>"""
ASKING = """<!DOCTYPE html><title>asking</title><p id="done">no</p><script>
fetch('program.py', {method: 'PUT', body: 'data', headers: {'X-Own': '1'}}).then((answer) => answer.text())
  .then((text) => { document.getElementById('done').textContent = text.includes('PUT data') ? 'heard' : text; })
  .catch((error) => { document.getElementById('done').textContent = String(error); });
</script>"""


@pytest.fixture(scope='module')
def place(site):
    """Return the directory of the pages, as an address and on the disk."""
    folder = site.data / 'accounts' / 'studenta' / 'home' / 'browsed'
    folder.mkdir(exist_ok=True)
    files = {
        'working.html': WORKING,
        'style.css': '#styled { color: rgb(1, 2, 3) }',
        'picture.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>',
        'code.js': "document.getElementById('script').textContent = 'ran'",
        'module.js': "document.getElementById('module').textContent = 'ran'",
        'framed.html': '<title>framed</title><p id=inside>inside</p>',
        'program.py': PROGRAM,
        'attacks.html': ATTACKS.replace('/SITE', site.prefix or '/'),
        'posting.html': POSTING.replace('SITE', site.prefix),
        'asking.html': ASKING,
        'mistake.py': "print('no header')",
    }
    for name, content in files.items():
        (folder / name).write_text(content, 'utf-8')
    owner = folder.parent.stat()
    for path in [folder, *folder.iterdir()]:
        os.chown(path, owner.st_uid, owner.st_gid)
    return folder


@pytest.fixture
def reader(site, place, open_signed_in):
    return open_signed_in(site, 'studenta')


def test_the_parts_of_a_page_are_loaded(reader):
    reader.go('/serve/studenta/browsed/working.html')
    assert '/served/' in reader.page.url
    assert reader.page.locator('#styled').evaluate('(element) => getComputedStyle(element).color') == 'rgb(1, 2, 3)'
    assert reader.page.locator('#picture').evaluate('(image) => image.decode().then(() => image.naturalWidth)') == 7
    assert [reader.page.locator(name).inner_text() for name in ('#script', '#module')] == ['ran', 'ran']
    assert reader.page.frame_locator('#frame').locator('#inside').inner_text() == 'inside'


def test_a_form_reaches_its_program(reader):
    reader.go('/serve/studenta/browsed/working.html')
    reader.page.get_by_role('button', name='Greet').click()
    assert reader.page.locator('#said').inner_text() == 'POST who=Ada'


def test_a_link_opens_beside(reader):
    reader.go('/serve/studenta/browsed/working.html')
    with reader.context.expect_page() as opened:
        reader.page.get_by_role('link', name='Open beside').click()
    assert opened.value.locator('#said').inner_text() == 'GET'


def test_a_page_speaks_to_its_own_program(reader):
    reader.go('/serve/studenta/browsed/asking.html')
    reader.page.locator('#done', has_not_text='no').wait_for()
    assert reader.page.locator('#done').inner_text() == 'heard'


def test_a_page_gets_nowhere_as_the_site(reader, place):
    reader.go('/serve/studenta/browsed/attacks.html')
    reader.page.locator('#done', has_text='got:').wait_for()
    assert reader.page.locator('#done').inner_text() == 'got:'
    assert not (place / 'made').exists()


def test_a_page_cannot_post_a_form_as_its_reader(reader, place):
    reader.go('/serve/studenta/browsed/posting.html')
    with reader.page.expect_navigation():
        reader.page.get_by_role('button', name='Send').click()
    assert not (place / 'made').exists()


def test_without_the_sandbox_the_same_page_would_get_far(reader):
    # Otherwise the failure of the attacks would prove nothing.
    def unbox(route):
        answer = route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != 'content-security-policy'}
        route.fulfill(response=answer, headers=headers)

    reader.page.route('**/attacks.html', unbox)
    reader.go('/serve/studenta/browsed/attacks.html')
    reader.page.locator('#done', has_text='got:').wait_for()
    expected = 'got: profile served download cookies storage database caches worker origin'
    assert reader.page.locator('#done').inner_text() == expected


def test_trouble_is_explained_to_everybody(reader):
    reader.go('/serve/studenta/browsed/mistake.py')
    assert reader.page.get_by_role('heading', level=1).inner_text() == 'mistake.py made no page'
    link = reader.page.get_by_role('link', name='Edit mistake.py').get_attribute('href')
    assert link.endswith('/edit/studenta/browsed/mistake.py')
    assert reader.violations() == []
