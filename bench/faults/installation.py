"""A throw-away portal: its folder, its database, its processes; and how each is killed."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from khuyencong.processes import die_with

ROOT = Path(__file__).absolute().parents[2]
START_LIMIT = 180
# The demo with its files takes a fifth of it; a log of PostgreSQL's changes as much again.
DISK = "600m"
STARTS = 3
# PostgreSQL refuses to serve as root. A change of the user forgets the signal of a parent's end, so it is asked again.
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=SIGKILL"]
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/nowhere"))


def wait_until(true, limit=START_LIMIT, what="it"):
    until = time.monotonic() + limit
    while not true():
        if time.monotonic() > until:
            raise RuntimeError(f"{what} did not come within {limit} seconds.")
        time.sleep(0.1)


class Ended(RuntimeError):
    """The service is over: the portal's, or the database's."""


class Cluster:
    """A PostgreSQL server of its own, with durability on as in service; killed with everything it has started."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.as_owner = []
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.as_owner = AS_POSTGRES
        is_new = not (self.folder / "data").is_dir()
        if is_new:
            self._run("initdb", "--pgdata=data", "--username=postgres", "--auth=trust", "--encoding=UTF8",
                      "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        self.start()
        if is_new:
            self._run("createdb", "--host", str(self.folder), "--username=postgres", "khuyencong")

    @property
    def url(self):
        return f"postgres://postgres@{str(self.folder).replace('/', '%2F')}/khuyencong"

    def _run(self, program, *arguments):
        command = [*self.as_owner, str(PROGRAMS / program), *arguments]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        parent = os.getpid()
        log = (self.folder / "server.log").open("a")
        self.process = subprocess.Popen(
            [*self.as_owner, str(PROGRAMS / "postgres"), "-D", "data", "-c", "listen_addresses=",
             "-c", f"unix_socket_directories={self.folder}"],
            cwd=self.folder, stdout=log, stderr=log, preexec_fn=lambda: die_with(parent),
        )  # fmt: skip
        wait_until(self.answers, what="PostgreSQL")

    def answers(self):
        if self.process.poll() is not None:
            raise Ended((self.folder / "server.log").read_text(errors="replace")[-2000:])
        told = subprocess.run([str(PROGRAMS / "pg_isready"), "--host", str(self.folder)], stdout=subprocess.DEVNULL)
        return told.returncode == 0

    @property
    def is_up(self):
        return self.process.poll() is None and self.answers()

    def kill(self):
        """The whole server at once, as when the machine loses its memory."""
        # Stopped first, so that the head does not tidy up after its children.
        self.process.send_signal(signal.SIGSTOP)
        for child in children_of(self.process.pid):
            kill(child)
        kill(self.process.pid)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


def children_of(pid):
    """Processes that this one has started and that are still there."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def environment_of(var):
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "khuyencong.settings", "PYTHONUNBUFFERED": "1"}


def manage(environment, *arguments):
    told = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    if told.returncode:
        raise RuntimeError(f"{arguments[:2]}: {told.stdout}")


def prepared(engine):
    """The folder with the demo as this version has it, made once and brought up to date."""
    folder = ROOT / "var" / "faults" / engine
    environment, cluster = environment_of(folder / "var"), None
    (folder / "var").mkdir(parents=True, exist_ok=True)
    if engine == "postgres":
        (folder / "pg").mkdir(exist_ok=True)
        for above in (folder / "pg").parents[:-1]:
            above.chmod(above.stat().st_mode | 0o111)
        cluster = Cluster(folder / "pg")
        environment["DATABASE_URL"] = cluster.url
    manage(environment, "collectstatic", "--no-input", "-v0")
    manage(environment, "migrate", "--skip-checks", "-v0")
    manage(environment, "load_demo", "--skip-checks")
    if cluster:
        cluster.stop()
    return folder


class Installation:
    """The demo, copied into a folder of its own, and `manage.py serve` on it."""

    def __init__(self, engine):
        demo = prepared(engine)
        self.engine = engine
        self.folder = Path(tempfile.mkdtemp(prefix="khuyencong-faults-"))
        self.folder.chmod(0o755)
        self.cluster, self.portal = None, None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.var = self.folder / "var"
        self.has_own_disks = True
        self.disks = [self._disk("var")]
        self.environment = environment_of(self.var)
        shutil.copytree(demo / "var", self.var, dirs_exist_ok=True)
        if engine == "postgres":
            self.disks.append(self._disk("pg"))
            subprocess.run(["cp", "-a", f"{demo}/pg/data", self.folder / "pg"], check=True)
            self.cluster = Cluster(self.folder / "pg")
            self.environment["DATABASE_URL"] = self.cluster.url

    def _disk(self, name):
        """A folder, on a small file system of its own where this process may mount one."""
        path = self.folder / name
        path.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", path], stderr=subprocess.DEVNULL
        )
        self.has_own_disks = self.has_own_disks and mounted.returncode == 0
        return path

    def manage(self, *arguments, **more):
        manage(self.environment | more, *arguments)

    def start(self, **more):
        """Serve, and wait until pages answer; a machine that is too busy for the portal's own limit gets another go."""
        for _try in range(STARTS):
            try:
                self._serve(**more)
                return
            except Ended as end:
                reason = end
        raise RuntimeError(f"The portal does not start: {reason}")

    def _serve(self, *, workers=2, jobs=2, **more):
        parent = os.getpid()
        log = (self.folder / "serve.log").open("a")
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        self.portal = subprocess.Popen(
            [*command, "--workers", str(workers), "--jobs", str(jobs)], cwd=ROOT, env=self.environment | more,
            stdout=log, stderr=log, preexec_fn=lambda: die_with(parent),
        )  # fmt: skip
        wait_until(self.answers, what="The portal")

    def answers(self):
        if self.portal.poll() is not None:
            raise Ended(self.told[-2000:])
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    @property
    def told(self):
        return (self.folder / "serve.log").read_text(errors="replace")

    def processes(self, kind):
        """Ids of the web server's processes (its head first), or of the workers in the background."""
        word = {"web": "gunicorn", "worker": "worker"}[kind]
        found = []
        for child in children_of(self.portal.pid):
            try:
                line = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in line:
                found += [child, *children_of(child)]
        return found

    def keep_database_up(self):
        if self.cluster and not self.cluster.is_up:
            self.cluster.stop()
            self.cluster.start()

    def keep_up(self):
        """Serve again if the whole service ended, as systemd does."""
        if self.portal.poll() is not None:
            self.start()

    def stop(self):
        if self.portal and self.portal.poll() is None:
            self.portal.terminate()
            self.portal.wait()

    def remove(self):
        self.stop()
        if self.cluster:
            self.cluster.stop()
        if self.has_own_disks:
            for disk in self.disks:
                subprocess.run(["umount", "--lazy", disk], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)
