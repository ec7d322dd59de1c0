"""Verifies JWTs of all algorithms with PyJWT, as another service does.

`keys FOLDER` writes one key set for each algorithm. `verify FOLDER` asks the service at PUBLIC and
ADMIN for a JWT by each of them. The last line is "ok: N checks".
"""

import json
import os
import sys
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://accounts.example.org/"


def asymmetric():
    for size, curve in [(256, ec.SECP256R1()), (384, ec.SECP384R1()), (512, ec.SECP521R1())]:
        yield f"ES{size}", jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(curve))
        for family in ["RS", "PS"]:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            yield f"{family}{size}", jwt.algorithms.RSAAlgorithm.to_jwk(key)
    yield "EdDSA", jwt.algorithms.OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate())


def symmetric():
    for size in [256, 384, 512]:
        yield f"HS{size}", jwt.algorithms.HMACAlgorithm.to_jwk(os.urandom(size // 8))


def write_keys(folder):
    for algorithm, key in [*asymmetric(), *symmetric()]:
        key = json.loads(key) | {"alg": algorithm, "kid": f"key-{algorithm}", "use": "sig"}
        key.pop("key_ops", None)
        (folder / f"{algorithm}.json").write_text(json.dumps({"keys": [key]}))


def call(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    headers["Content-Type"] = "application/json"
    with urlopen(Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)


def verify(folder):
    public, admin = os.environ["PUBLIC"], os.environ["ADMIN"]
    identity = str(uuid4())
    body = {"authentication_methods": [{"method": "password", "aal": "aal1"}]}
    issued = call(f"{admin}/admin/identities/{identity}/sessions", body)
    published = jwt.PyJWKClient(f"{public}/.well-known/jwks.json")
    keys = call(f"{public}/.well-known/jwks.json")["keys"]
    assert len(keys) == 10, "the asymmetric keys are published"
    for key in keys:
        assert key["kty"] != "oct" and not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
    files = sorted(folder.glob("*.json"))
    assert len(files) == 13
    for file in files:
        algorithm = file.stem
        url = f"{public}/sessions/whoami?tokenize_as={algorithm.lower()}"
        session = call(url, **{"X-Session-Token": issued["session_token"]})
        token = session["tokenized"]
        if algorithm.startswith("HS"):
            key = jwt.PyJWK(json.loads(file.read_text())["keys"][0])
        else:
            key = published.get_signing_key_from_jwt(token)
        assert key.key_id == f"key-{algorithm}"
        claims = jwt.decode(token, key, algorithms=[algorithm], issuer=ISSUER)
        assert claims["sub"] == identity and claims["sid"] == session["id"]
        assert claims["exp"] - claims["iat"] == 60
        head, payload, signature = token.split(".")
        forged = f"{head}.{payload[:-1]}{'A' if payload[-1] != 'A' else 'B'}.{signature}"
        try:
            jwt.decode(forged, key, algorithms=[algorithm], issuer=ISSUER)
            raise AssertionError("a forged JWT is not refused")
        except jwt.InvalidTokenError:
            pass
    print(f"ok: {len(files)} checks")


if __name__ == "__main__":
    {"keys": write_keys, "verify": verify}[sys.argv[1]](Path(sys.argv[2]))
