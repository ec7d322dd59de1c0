#!/usr/bin/env python3
"""Fills a migrated database (elsewhere's own schema) with benchmark data.

fill.py people URL TOKENS: 100,000 people (or PEOPLE) with 10 live sessions each, and three
accounts whose tokens are
    ory_st_many   100,001 live sessions
    ory_st_few    4 live sessions
    ory_st_ended  4 live sessions and 100,000 ended ones, half of them expired
The file TOKENS receives one token per line, TOKENS.identities the IDs of the
identities, TOKENS.pairs a token and the ID of another session of the same person.

fill.py ended URL TOKENS: adds a million sessions of these people that ended long
ago.

The rows are the same for every database. They are written to tab-separated files,
which each database loads in its own way.
"""
import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

PEOPLE = int(os.environ.get("PEOPLE", 100_000))
SESSIONS_EACH, MANY, ENDED = 10, 100_000, 1_000_000
METHODS = '[{"method":"password","aal":"aal1","completed_at":"2026-11-23T09:35:06.164175877Z"}]'
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/129.0.0.0 Safari/537.36",
    "ExampleApp/3.2 (iOS 17.5; iPhone15,2)",
]
COLUMNS = {
    "identities": "id, nid, schema_id, state, traits, available_aal, created_at, updated_at",
    "sessions": "id, nid, identity_id, token, active, aal, authentication_methods, issued_at,"
    " authenticated_at, expires_at, created_at, updated_at",
    "session_devices": "id, nid, identity_id, session_id, ip_address, user_agent, location,"
    " created_at, updated_at",
}

randomness = random.Random(7)
now = datetime.now(timezone.utc)


def new_id():
    return str(uuid.UUID(int=randomness.getrandbits(128), version=4))


def text(time):
    return time.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".")


class Rows:
    """One tab-separated file per table."""

    def __init__(self, folder, network):
        self.network = network
        self.paths = {table: f"{folder}/{table}.tsv" for table in COLUMNS}
        self.files = {table: open(path, "w") for table, path in self.paths.items()}

    def add(self, table, *values):
        self.files[table].write("\t".join(values) + "\n")

    def person(self, name):
        identity, made = new_id(), text(now)
        traits = f'{{"email":"{name}@example.org","name":"{name}"}}'
        self.add("identities", identity, self.network, "person", "active", traits, "aal1", made, made)
        return identity

    def session(self, identity, token, active=True, expired=False, long_ago=timedelta()):
        made = text(now - long_ago - timedelta(seconds=randomness.uniform(60, 2_000_000)))
        expires = text(now - long_ago + timedelta(days=-1 if expired else 30))
        id, stored = new_id(), hashlib.sha256(token.encode()).hexdigest()
        self.add("sessions", id, self.network, identity, stored, "01"[active], "aal1", METHODS,
                 made, made, expires, made, made)
        self.add("session_devices", new_id(), self.network, identity, id,
                 f"203.0.113.{randomness.randrange(256)}", randomness.choice(AGENTS),
                 "Lisbon, PT", made, made)
        return id

    def people(self, tokens_path):
        identities = [self.person(f"person{n}") for n in range(PEOPLE)]
        first = {}
        tokens, pairs = [], []
        # People sign in at different times, so the rows of one person are not adjacent.
        for nth in range(SESSIONS_EACH):
            for n in randomness.sample(range(PEOPLE), PEOPLE):
                token = f"ory_st_{len(tokens) + len(pairs)}"
                id = self.session(identities[n], token)
                # The first session of a person may revoke the second, which sends no requests.
                if nth == 1:
                    pairs.append(f"{first[n]} {id}")
                else:
                    first.setdefault(n, token)
                    tokens.append(token)
        for name, live, ended in [("many", MANY + 1, 0), ("few", 4, 0), ("ended", 4, MANY)]:
            identity = self.person(name)
            for n in range(live - 1):
                self.session(identity, f"ory_st_{name}_{n}")
            for n in range(ended):
                odd = n % 2 == 0
                self.session(identity, f"ory_st_{name}_ended_{n}", active=odd, expired=odd)
            self.session(identity, f"ory_st_{name}")
        for suffix, lines in [("", tokens), (".identities", identities), (".pairs", pairs)]:
            with open(tokens_path + suffix, "w") as file:
                file.write("\n".join(lines))

    def ended(self, tokens_path):
        randomness.seed(8)
        identities = open(tokens_path + ".identities").read().split()
        for n in range(ENDED):
            self.session(randomness.choice(identities), f"ory_st_old_{n}", active=False,
                         expired=n % 2 == 0, long_ago=timedelta(days=100))

    def close(self):
        for file in self.files.values():
            file.close()


class Sqlite:
    def __init__(self, url):
        self.database = sqlite3.connect(url.path, isolation_level=None)

    def network(self):
        return self.database.execute("SELECT id FROM networks").fetchone()[0]

    def load(self, paths):
        self.database.execute("PRAGMA cache_size = -1000000")
        self.database.execute("BEGIN")
        for table, path in paths.items():
            columns = COLUMNS[table].split(", ")
            # On SQLite, timestamps include the time zone.
            values = ", ".join("? || '+00:00'" if c.endswith("_at") else "?" for c in columns)
            rows = (line.rstrip("\n").split("\t") for line in open(path))
            self.database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)
        self.database.execute("COMMIT")
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Postgres:
    def __init__(self, url):
        self.url = url.geturl()

    def run(self, *sql):
        commands = [part for command in sql for part in ("-c", command)]
        call = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.url, *commands]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()

    def network(self):
        return self.run("SELECT id FROM networks")

    def load(self, paths):
        self.run(*(f"\\copy {table} ({COLUMNS[table]}) FROM '{path}'" for table, path in paths.items()))
        # Autovacuum would have done this within the hour.
        self.run("VACUUM ANALYZE", "CHECKPOINT")


class MySql:
    def __init__(self, url):
        self.call = ["mariadb", "--no-defaults", "--local-infile=1", "-BN", f"-h{url.hostname}",
                     f"-P{url.port}", f"-u{url.username}", f"-p{url.password}", url.path[1:]]

    def run(self, sql):
        call = [*self.call, "-e", sql]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()

    def network(self):
        return self.run("SELECT id FROM networks")

    def load(self, paths):
        for table, path in paths.items():
            self.run("SET foreign_key_checks = 0, unique_checks = 0;"
                     f" LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} ({COLUMNS[table]})")
        self.run(f"ANALYZE TABLE {', '.join(paths)}")


what, url, tokens = sys.argv[1], urlsplit(sys.argv[2]), sys.argv[3]
database = {"sqlite": Sqlite, "postgres": Postgres, "mysql": MySql}[url.scheme](url)
with tempfile.TemporaryDirectory() as folder:
    rows = Rows(folder, database.network())
    getattr(rows, what)(tokens)
    rows.close()
    database.load(rows.paths)
