"""Verifies a security event token from standard input with PyJWT, as a receiver does, with what the
transmitter at PUBLIC publishes. Prints the claims."""

import json
import os
import sys
from urllib.request import urlopen

import jwt


def read(path):
    with urlopen(os.environ["PUBLIC"] + path, timeout=30) as answer:
        return json.load(answer)


transmitter = read("/.well-known/ssf-configuration")
assert transmitter["spec_version"] == "1_0"
assert transmitter["jwks_uri"] == "https://accounts.example.org/.well-known/jwks.json"
assert "urn:ietf:rfc:8935" in transmitter["delivery_methods_supported"]

token = sys.stdin.read()
header = jwt.get_unverified_header(token)
assert header["typ"] == "secevent+jwt", header
keys = jwt.PyJWKClient(os.environ["PUBLIC"] + "/.well-known/jwks.json")
key = keys.get_signing_key(header["kid"])
claims = jwt.decode(
    token, key, algorithms=["RS256"], issuer=transmitter["issuer"], audience="https://receiver.example.org/"
)
# RFC 8417 §2.2: such a token is no access token, and does not expire.
assert "exp" not in claims and "sub" not in claims, claims
print(json.dumps(claims))
