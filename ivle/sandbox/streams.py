"""A stream of one console: replies down as they come, commands up, for as long as the connection lasts."""

import asyncio

from ivle import chat
from ivle.sandbox import actions
from ivle.sandbox.boxes import Refusal

# Whoever does not read for so long is dropped and may come back: the transcript waits, our memory does not.
SLOW_SECONDS = 10.0
# Often enough to notice nothing that matters; each new reply wakes the stream anyway.
LOOK_SECONDS = 3600.0


async def stream(consoles, connection, login, key, after):
    """Serve a stream until either side ends; Refusal when there is no such console."""
    loop = asyncio.get_running_loop()
    console = consoles.find(login, key)
    await chat.write_value_async(loop, connection, {'okay': {}}, SLOW_SECONDS)
    if console is None:
        lost = await consoles.output(login, key, after, 0)
        await chat.write_value_async(loop, connection, lost['replies'][0], SLOW_SECONDS)
        return
    ways = [
        asyncio.create_task(_downward(loop, connection, console, after)),
        asyncio.create_task(_upward(loop, connection, consoles, console)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    for way in ways:
        if not way.cancelled():
            way.result()


async def _downward(loop, connection, console, after):
    while True:
        page, after = console.transcript.after(after)
        for reply in page:
            await chat.write_value_async(loop, connection, reply, SLOW_SECONDS)
        last = after
        await console.wait_until(lambda: console.transcript.last > last, LOOK_SECONDS)  # noqa: B023 - called before the next turn


async def _upward(loop, connection, consoles, console):
    while (payload := await chat.read_frame_async(loop, connection, timeout=None)) is not None:
        given = chat.loads(payload)
        if type(given) is not dict:
            raise chat.ProtocolError('a command is an object')
        try:
            cmd, text = actions.read_command(given)
        except Refusal as refusal:
            console.refuse(refusal.message)
            continue
        if cmd == 'terminate':
            await consoles.terminate(console.login, console.key)
        else:
            await console.command(cmd, text)
