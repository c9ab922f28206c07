"""Many machines on one: two web nodes, two workers, a primary and a replica, killed in turn while people work.

`make nodes` raises them on this machine (sockets and ports of 127.0.0.1), plays officers who enter facilities and a
pile of minutes that the workers print, kills each part, and counts afterwards: whatever the portal acknowledged is
there, once, and the trail is whole.
"""
