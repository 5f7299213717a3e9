"""Consoles side by side, of which one forges whatever our programs say to each other, on every descriptor it can name."""

import pytest

FORGERIES = {
    'answers': """
words = ['{"n":%d,"okay":null}' % number for number in range(40)] + ['{"n":2,"exc":"forged"}', '{"n":2,"exit":null}']
forged = b''.join(b'%d:%s,' % (len(word), word.encode()) for word in words)
""",
    'replies to the person': """
words = ['{"okay":null}', '{"ready":null}', '{"output":"forged"}', '{"terminate":"forged"}', '{"input":null}', '{"ended":0}']
forged = b''.join(b'%d:%s,' % (len(word), word.encode()) for word in words)
""",
    'commands': """
words = ['{"cmd":"chat","text":"1","n":%d}' % number for number in range(9)] + ['{"cmd":"terminate","text":""}', '{"box":null}']
forged = b''.join(b'%d:%s,' % (len(word), word.encode()) for word in words)
""",
    'no frame at all': "forged = b'\\xff\\0:' * 3000 + b'9999999:'",
    'a frame that never ends': "forged = b'600000:' + b'x' * 70000",
    'a deep one': "forged = b'100000:' + b'[' * 100000 + b','",
}
FORGE = """
import os, socket
{forgery}
print('forging', flush=True)
for descriptor in range(64):
    for send in (os.write, lambda number, data: socket.socket(fileno=os.dup(number)).send(data)):
        try:
            os.set_blocking(descriptor, False)
            send(descriptor, forged)
        except OSError:
            pass
"""


@pytest.mark.parametrize('login', ['jdoe', 'asmith'], ids=['of the same account', 'of another'])
@pytest.mark.parametrize('forgery', FORGERIES)
def test_a_neighbour_of_a_forger_is_answered_rightly(host, forgery, login):
    neighbour, forger = host.console(login), host.console()
    neighbour.send('chat', 'sum(range(100_000))')
    forger.send('block', FORGE.format(forgery=FORGERIES[forgery]))
    assert [reply.get('output') for reply in neighbour.hear_out()] == ['4999950000\n', None]
    for number in range(20):
        assert neighbour.ask('chat', f'print({number})') == [{'output': f'{number}\n'}, {'okay': None}]
    assert neighbour.box.poll() is None
    # The forger has hurt itself at the most: it has come to its end, or is ended like any other.
    forger.send('terminate')
    assert 'terminate' in [name for reply in forger.hear_all() for name in reply]


def test_what_a_forger_says_at_least_arrives(host):
    # The control: the same bytes on the descriptor that is meant for it are heard.
    talk = host.console()
    assert talk.run('import os\nos.write(1, b\'13:{"okay":null},\')') == '13:{"okay":null},'


def test_the_answer_to_a_command_of_the_past_is_not_believed(host):
    talk = host.console()
    talk.run('pass')
    code = """
import os
for descriptor in range(3, 64):
    try:
        os.write(descriptor, b'22:{"n":1,"exc":"forged"},')
    except OSError:
        pass
print('right')
"""
    assert talk.run(code) == 'right\n'
