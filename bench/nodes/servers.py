"""PostgreSQL twice: a primary and a replica that has every commit before it is acknowledged."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg2

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]
ACCOUNT = "postgres"
STANDBY = "ban_sao"


class Server:
    """One PostgreSQL server on a socket in its own folder; root hands it to the account that may run it."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.process = None
        folder.mkdir(mode=0o700)
        self.as_owner = []
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
            self.as_owner = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups"]

    def run(self, program, *arguments):
        """Run a program of PostgreSQL as the server's account; it has to succeed."""
        command = [*self.as_owner, PROGRAMS / program, *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def create(self):
        self.run(
            "initdb", "--pgdata=data", f"--username={ACCOUNT}", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        self.start()
        self.ask("CREATE DATABASE khuyencong", dbname="postgres")

    def follow(self, primary):
        """Become the replica of another server, from a copy of all it has."""
        self.run(
            "pg_basebackup", "--pgdata=data", f"--host={primary.folder}", f"--username={ACCOUNT}",
            "--write-recovery-conf", "--checkpoint=fast",
        )  # fmt: skip
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"primary_conninfo = 'host={primary.folder} user={ACCOUNT} application_name={STANDBY}'\n"
                "synchronous_standby_names = ''\n"
            )
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*self.as_owner, PROGRAMS / "postgres", "-D", "data", "-c", "listen_addresses=", "-c",
             f"unix_socket_directories={self.folder}", "-c", "hot_standby=on", "-c", "wal_level=replica"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("a"), process_group=0,
        )  # fmt: skip
        wait_for(self.is_up, f"PostgreSQL in {self.folder}")

    def is_up(self):
        with contextlib.suppress(psycopg2.OperationalError):
            return self.ask("SELECT 1", dbname="postgres") == 1
        return False

    def ask(self, query, dbname="khuyencong"):
        """The first value that a statement answers, or None."""
        with contextlib.closing(psycopg2.connect(host=str(self.folder), user=ACCOUNT, dbname=dbname)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone()[0] if cursor.description else None

    def wait_for_replica(self, wanted):
        """Whether a commit waits until the replica has it."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY if wanted else ''}'", dbname="postgres")
        self.ask("SELECT pg_reload_conf()", dbname="postgres")
        if wanted:
            query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
            wait_for(lambda: self.ask(query, dbname="postgres") == 1, "synchronous replica")

    def promote(self):
        self.run("pg_ctl", "promote", "--pgdata=data", "--wait")

    def kill(self):
        """SIGKILL to every process of the server, as when the machine loses power."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def wait_for(condition, name, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} did not come within {seconds} s")
        time.sleep(0.1)
