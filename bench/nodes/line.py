"""What stands in front of the web nodes: questions go to them in turn, past one that does not listen."""

import itertools
import time

from bench.faults.browser import Browser, Cut

# For so long a person sends a form again that was not answered, or answered with “try again”.
PATIENCE = 120
PAUSE = 1.0
TRY_AGAIN = (500, 502, 503)


class Plain(Browser):
    """A browser that shows whatever is answered."""

    def get(self, address):
        return self._ask("GET", address, None, {})


class Line(Plain):
    """A browser whose questions are shared among the nodes, as nginx does: one that was sent is never sent again."""

    def __init__(self, nodes, first, told):
        super().__init__(nodes[0].port, told=told)
        self.nodes, self.turns = nodes, itertools.count(first)
        self.cuts = self.waits = 0
        self.last_node = None

    def _ask(self, *question):
        turn = next(self.turns)
        for shift in range(len(self.nodes)):
            node = self.nodes[(turn + shift) % len(self.nodes)]
            if node.listens():
                break
        else:
            raise Cut("no node listens")
        self.port, self.last_node = node.port, node
        return super()._ask(*question)

    def read(self, address):
        """A page, asked for until it comes."""
        return self._until(lambda: self.get(address))

    def insist(self, address, fields, files=(), is_done=None):
        """Send a form until it is answered; `is_done()` looks, before it is sent again, whether it was taken.

        The answer, or None when looking showed that it was taken.
        """
        return self._until(lambda: self.post(address, fields, files), is_done)

    def _until(self, ask, is_done=None):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = ask()
                if answer.status not in TRY_AGAIN:
                    return answer
                self.waits += 1
            except Cut:
                self.cuts += 1
            if time.monotonic() > until:
                raise Cut(f"no answer within {PATIENCE} s")
            time.sleep(PAUSE)
            if is_done and is_done():
                return None
