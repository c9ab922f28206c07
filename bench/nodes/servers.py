"""PostgreSQL twice: a primary, and a replica that has every commit before it is acknowledged."""

import contextlib
import os
import shutil

import psycopg2

from bench.faults.installation import AS_POSTGRES, Cluster, wait_until

STANDBY = "ban_sao"


class Server(Cluster):
    """A server on a socket in its own folder: begun anew, from a copy, or as the replica of another one."""

    def __init__(self, folder):
        self.folder, self.process, self.as_owner = folder, None, []
        folder.mkdir(mode=0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self.as_owner = AS_POSTGRES

    def begin(self):
        super().__init__(self.folder)

    def begin_from(self, data):
        """Go on from the data folder of a server that was stopped."""
        subfolder = self.folder / "data"
        shutil.copytree(data, subfolder)
        if self.as_owner:
            for path in (subfolder, *subfolder.rglob("*")):
                shutil.chown(path, "postgres", "postgres")
        self.start()

    def follow(self, primary):
        """Become the replica of another server, from a copy of all it has."""
        self._run("pg_basebackup", "--pgdata=data", f"--host={primary.folder}", "--username=postgres",
                  "--write-recovery-conf", "--checkpoint=fast", "--no-sync")  # fmt: skip
        with (self.folder / "data" / "postgresql.auto.conf").open("a") as settings:
            settings.write(
                f"primary_conninfo = 'host={primary.folder} user=postgres application_name={STANDBY}'\n"
                "synchronous_standby_names = ''\n"
                # On one machine a broken line is known at once; five seconds until it is tried again are too long.
                "wal_retrieve_retry_interval = '1s'\n"
            )
        self.start()

    def ask(self, query):
        """The first value that a statement answers, or None."""
        with contextlib.closing(psycopg2.connect(host=str(self.folder), user="postgres", dbname="khuyencong")) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone()[0] if cursor.description else None

    def wait_for_replica(self, wanted):
        """Whether a commit waits until the replica has it."""
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY if wanted else ''}'")
        self.ask("SELECT pg_reload_conf()")
        if wanted:
            wait_until(self.is_followed, what="The synchronous replica")

    def is_followed(self):
        return self.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == 1

    def promote(self):
        self._run("pg_ctl", "promote", "--pgdata=data", "--wait")
