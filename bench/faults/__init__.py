"""Kill the portal's processes while people work, take its disk, clock and database away, and see what is left.

`make faults` plays everything; `python -m bench.faults --kills 5 --only sqlite` a part of it. The portal runs as it is
installed (`manage.py serve`) on a throw-away copy of the demo.
"""
