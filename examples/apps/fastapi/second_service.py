"""A second service. It needs nothing of elsewhere but its public keys, and would be another program."""
import os
from typing import Annotated

import jwt
from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:3000")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:4433")
EXPECTED = {"algorithms": ["EdDSA"], "issuer": f"{ORIGIN}/", "audience": "second-service"}
keys = jwt.PyJWKClient(f"{PUBLIC_URL}/.well-known/jwks.json")
router = APIRouter()


@router.get("/api/second-service")
def second_service(bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]):
    try:
        key = keys.get_signing_key_from_jwt(bearer.credentials)
        claims = jwt.decode(bearer.credentials, key, options={"require": ["exp"]}, **EXPECTED)
    except jwt.PyJWTError:
        raise HTTPException(401) from None
    return {"identity": claims["sub"], "session": claims["sid"]}
