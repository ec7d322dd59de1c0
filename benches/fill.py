#!/usr/bin/env python3
"""Fills a migrated SQLite database of elsewhere's own with people to measure.

fill.py DATABASE TOKENS: 20,000 people with 10 live sessions each, whose tokens
go to TOKENS, a line each; and three accounts whose tokens are
    ory_st_many   100,001 live sessions
    ory_st_few    4 live sessions
    ory_st_ended  4 live sessions and 100,000 ended ones, half of them expired
"""
import hashlib
import random
import sqlite3
import sys
import uuid
from datetime import datetime, timedelta, timezone

PEOPLE, SESSIONS_EACH, MANY = 20_000, 10, 100_000
METHODS = '[{"method":"password","aal":"aal1","completed_at":"2026-11-23T09:35:06.164175877Z"}]'
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/129.0.0.0 Safari/537.36",
    "ExampleApp/3.2 (iOS 17.5; iPhone15,2)",
]

randomness = random.Random(7)
now = datetime.now(timezone.utc)
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = -1000000")
(network,) = database.execute("SELECT id FROM networks").fetchone()


def new_id():
    return str(uuid.UUID(int=randomness.getrandbits(128), version=4))


def text(time):
    return time.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").rstrip(".") + "+00:00"


def person(name):
    identity = new_id()
    database.execute(
        "INSERT INTO identities (id, nid, schema_id, traits, available_aal, created_at, updated_at)"
        " VALUES (?, ?, 'person', ?, 'aal1', ?, ?)",
        (identity, network, f'{{"email":"{name}@example.org","name":"{name}"}}', text(now), text(now)),
    )
    return identity


def session(identity, token, active=True, expired=False):
    made = now - timedelta(seconds=randomness.uniform(60, 2_000_000))
    expires = now + timedelta(days=-1 if expired else 30)
    id, time = new_id(), text(made)
    stored = hashlib.sha256(token.encode()).hexdigest()
    database.execute(
        "INSERT INTO sessions (id, nid, identity_id, token, active, aal, authentication_methods,"
        " issued_at, authenticated_at, expires_at, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, 'aal1', ?, ?, ?, ?, ?, ?)",
        (id, network, identity, stored, active, METHODS, time, time, text(expires), time, time),
    )
    database.execute(
        "INSERT INTO session_devices (id, nid, identity_id, session_id, ip_address, user_agent,"
        " location, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 'Lisbon, PT', ?, ?)",
        (new_id(), network, identity, id, f"203.0.113.{randomness.randrange(256)}",
         randomness.choice(AGENTS), time, time),
    )


database.execute("BEGIN")
identities = [person(f"person{n}") for n in range(PEOPLE)]
tokens = []
# Everyone signs in now and then: one person's rows do not lie side by side.
for _ in range(SESSIONS_EACH):
    for n in randomness.sample(range(PEOPLE), PEOPLE):
        tokens.append(f"ory_st_{randomness.getrandbits(192):048x}")
        session(identities[n], tokens[-1])
for name, live, ended in [("many", MANY + 1, 0), ("few", 4, 0), ("ended", 4, MANY)]:
    identity = person(name)
    for n in range(live - 1):
        session(identity, f"ory_st_{name}_{n}")
    for n in range(ended):
        session(identity, f"ory_st_{name}_ended_{n}", active=n % 2 == 0, expired=n % 2 == 0)
    session(identity, f"ory_st_{name}")
database.execute("COMMIT")
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
with open(sys.argv[2], "w") as file:
    file.write("\n".join(tokens))
