"""What the nodes stand on: the folder, the demo in a primary, its replica, the web nodes and workers."""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.faults.installation import ROOT
from bench.nodes.portals import Web, manage, worker
from bench.nodes.servers import Server

# What a loaded demo comes from: it takes minutes and is kept in var/ until one of these changes.
SOURCES = ("*/migrations/*.py", "*/models/*.py", "*/models.py", "*/services/*.py", "projects/demo/**/*.py")


class Ground:
    """`with` raises everything and takes it down again."""

    def __init__(self, tell):
        self.tell = tell
        self.folder = Path(tempfile.mkdtemp(prefix="khuyencong-nodes-", dir="/tmp"))
        self.folder.chmod(0o711)  # the database's account passes through
        self.primary, self.replica = (Server(self.folder / name) for name in "ab")
        self.webs, self.workers = [], []
        self.environment = {
            "DATABASE_URL": url_of(self.primary, self.replica, "?target_session_attrs=read-write"),
            "REPLICA_URL": url_of(self.replica),
            "SECRET_KEY": secrets.token_urlsafe(40),
            "DJANGO_SETTINGS_MODULE": "khuyencong.settings",
            "VAR_DIR": str(self.folder / "var"),
            "MEDIA_ROOT": str(self.folder / "media"),
        }

    def __enter__(self):
        try:
            self._raise()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error):
        for node in (*self.webs, *self.workers):
            node.kill()
        for server in (self.primary, self.replica):
            if server.process and server.process.poll() is None:
                server.kill()
        if "KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _raise(self):
        demo = kept_demo(self.tell)
        self.tell("primary, replica")
        self.primary.begin_from(demo / "data")
        shutil.copytree(demo / "media", self.folder / "media")
        self.replica.follow(self.primary)
        self.primary.wait_for_replica(True)
        self.tell("two web nodes, two workers")
        own = [self._own(demo, name) for name in ("web-1", "web-2", "worker-1", "worker-2")]
        self.webs = [Web(f"web {number}", own[number - 1]) for number in (1, 2)]
        self.workers = [worker(f"worker {number}", own[number + 1]) for number in (1, 2)]
        for node in (*self.webs, *self.workers):
            node.start()

    def _own(self, demo, name):
        """Each node has its own folder: what is neither in the database nor in the store of files is not shared."""
        var = self.folder / name
        var.mkdir()
        (var / "static").symlink_to(demo / "static")
        return self.environment | {"VAR_DIR": str(var)}

    def stage(self):
        """What each officer has to do, see `bench.nodes.stage`."""
        return json.loads(self._inside("from bench.nodes.stage import main; main()"))

    def verdict(self, promises):
        return json.loads(self._inside("from bench.nodes.verdict import main; main()", json.dumps(promises)))

    def _inside(self, code, words=""):
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", code], cwd=ROOT, env=os.environ | self.environment,
            input=words, text=True, capture_output=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout


def url_of(*servers_and_query):
    """The address of a database on the sockets of these servers."""
    *servers, query = servers_and_query if isinstance(servers_and_query[-1], str) else (*servers_and_query, "")
    sockets = "%2C".join(str(server.folder).replace("/", "%2F") for server in servers)
    return f"postgres://postgres@{sockets}/khuyencong{query}"


def kept_demo(tell):
    """The folder with data, media and static files of a freshly loaded demo on PostgreSQL."""
    digest = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    folder = ROOT / "var" / "nodes" / digest.hexdigest()[:16]
    if not folder.exists():
        tell("the demo, loaded once")
        shutil.rmtree(folder.parent, ignore_errors=True)
        _load_demo(folder)
    return folder


def _load_demo(folder):
    with tempfile.TemporaryDirectory(prefix="khuyencong-nodes-demo-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        server = Server(Path(name, "server"))
        try:
            server.begin()
            environment = {
                "DATABASE_URL": url_of(server), "VAR_DIR": f"{name}/var",
                "DJANGO_SETTINGS_MODULE": "khuyencong.settings",
            }  # fmt: skip
            manage(environment, "migrate", "-v0")
            manage(environment, "load_demo")
            manage(environment, "collectstatic", "--no-input", "-v0")
        finally:
            server.stop()
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(server.folder / "data", unfinished / "data")
        for part in ("media", "static"):
            Path(name, "var", part).mkdir(exist_ok=True)
            shutil.copytree(Path(name, "var", part), unfinished / part)
        unfinished.rename(folder)
