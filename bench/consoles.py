"""The sandboxed console against a Jupyter kernel: from asking for one to its first output, and line after line."""

import time

from bench.figures import compare, figure_of, measure
from ivle.console import Console

FIRST_OUTPUT_SECONDS = 30
COLD_RUNS = 30


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
        before = time.perf_counter()
        key = console.start('')
        ask(key, 'print(1)')
        times.append(1000 * (time.perf_counter() - before))
        console.terminate(key)

    times = []
    for _ in range(COLD_RUNS):
        cold()
    cold_figure = figure_of('sandboxed console, cold, to the first output', times)
    key = console.start('')
    ask(key, 'print(1)')
    line_figure = measure('sandboxed console, next line', lambda: ask(key, 'print(1)'), runs=300)
    console.terminate(key)
    return cold_figure, line_figure


def _jupyter():
    from jupyter_client.manager import start_new_kernel

    # It warns on every start that it speaks TCP, which is not our matter here.
    quiet = {'extra_arguments': ['--log-level=ERROR']}

    def execute(client):
        seen = []
        client.execute_interactive('print(1)', output_hook=seen.append, timeout=FIRST_OUTPUT_SECONDS)

    def cold():
        manager, client = start_new_kernel(kernel_name='python3', **quiet)
        execute(client)
        client.stop_channels()
        return manager

    managers = []
    cold_figure = measure('Jupyter kernel, cold, to the first output', lambda: managers.append(cold()), runs=5)
    for manager in managers:
        manager.shutdown_kernel(now=True)
    manager, client = start_new_kernel(kernel_name='python3', **quiet)
    execute(client)
    line_figure = measure('Jupyter kernel, next line', lambda: execute(client), runs=100)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return cold_figure, line_figure
