"""People and their passwords, as a database would hold them."""
import asyncio
import hashlib
import hmac
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

# A hash takes 128 MiB of memory: at most four are made at a time, and others wait.
hashing = ThreadPoolExecutor(max_workers=4)


def scrypt(password, salt):
    """With the parameters that OWASP recommends."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)


def person(id, email):
    salt = secrets.token_bytes(16)
    return {"id": id, "email": email, "salt": salt, "hash": scrypt(os.environ["DEMO_PASSWORD"], salt)}


PEOPLE = [
    person("7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10", "ana@example.org"),
    person("c2a9d6f4-58c3-4a8e-8a55-6f2f0f5b7e21", "ben@example.org"),
]
NOBODY = {"salt": secrets.token_bytes(16), "hash": secrets.token_bytes(32)}


async def authenticate(email, password):
    """The person with this address and password, or None."""
    # An unknown address takes as long as a known one, so that the time does not tell them apart.
    found = next((person for person in PEOPLE if person["email"] == email), NOBODY)
    given = await asyncio.get_running_loop().run_in_executor(hashing, scrypt, password, found["salt"])
    return found if hmac.compare_digest(found["hash"], given) else None
