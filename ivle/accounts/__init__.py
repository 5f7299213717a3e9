"""What usrmgt-server is made of: the accounts of one host, on its disk and in Subversion's configuration.

`homes` makes, checks and archives directories, `repositories` does the same for Subversion repositories, `histories` lets
go of what was typed, `rights` keeps who may do what there and writes it down for svnserve, `outside` runs svnserve for real
clients, `actions` puts them together and `server` lets the web zone ask for them. No database, no HTTP, no policy: the web
zone has decided already.
"""
