"""The sandboxed console against a Jupyter kernel: from asking for one to its first output, and line after line."""

from bench.figures import compare, measure
from ivle.console import Console

FIRST_OUTPUT_SECONDS = 30


def run(site):
    """Return (figures, lines to print)."""
    ours_cold, ours_line = _ours(site)
    jupyter_cold, jupyter_line = _jupyter()
    figures = [ours_cold, jupyter_cold, ours_line, jupyter_line]
    return figures, [*map(str, figures), compare(ours_cold, jupyter_cold), compare(ours_line, jupyter_line)]


def _ours(site):
    console = Console(site.read_settings(), 'studenta')

    def ask(key, text):
        reply = console.chat(key, 'chat', text)
        while reply['busy']:
            reply = console.output(key, reply['next'], wait=1)
        return reply

    def cold():
        key = console.start('')
        ask(key, 'print(1)')
        console.terminate(key)

    cold_figure = measure('sandboxed console, cold, to the first output', cold, runs=30)
    key = console.start('')
    ask(key, 'print(1)')
    line_figure = measure('sandboxed console, next line', lambda: ask(key, 'print(1)'), runs=300)
    console.terminate(key)
    return cold_figure, line_figure


def _jupyter():
    from jupyter_client.manager import start_new_kernel

    def execute(client):
        seen = []
        client.execute_interactive('print(1)', output_hook=seen.append, timeout=FIRST_OUTPUT_SECONDS)

    def cold():
        manager, client = start_new_kernel(kernel_name='python3')
        execute(client)
        client.stop_channels()
        return manager

    managers = []
    cold_figure = measure('Jupyter kernel, cold, to the first output', lambda: managers.append(cold()), runs=5)
    for manager in managers:
        manager.shutdown_kernel(now=True)
    manager, client = start_new_kernel(kernel_name='python3')
    execute(client)
    line_figure = measure('Jupyter kernel, next line', lambda: execute(client), runs=100)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return cold_figure, line_figure
