"""Many machines on one: two web nodes, two workers, a primary and a replica, killed in turn while people work.

`make nodes` raises them on this machine (sockets in a folder, ports of 127.0.0.1), plays officers who enter, save,
submit, upload, issue, print and export, kills each part at moments of chance, and counts afterwards: whatever the
portal acknowledged is there, once, and the trail is whole. `SECONDS=` of traffic, `SEED=` of the chance.
"""
