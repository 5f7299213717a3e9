"""The console gateway: carries a console's replies to a browser the moment they happen.

A browser that waits for output would hold one of the web tier's few threads. So the web tier only decides
who may listen to which console, and says so in a token of sixty seconds (`token`). The browser shows it
to this process, which opens a stream to sandbox-server and relays both ways (`server`).
"""
