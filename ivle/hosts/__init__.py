"""The web zone's clients of the host daemons: files, accounts, serving, and whether the daemons are there at all.

Each class here is built from Settings, makes one chat request a call, checks the shape of every reply (what comes out
of a sandbox is hostile input) and raises `ivle.errors` with a sentence for the person.
"""
