// A second service. It needs nothing of elsewhere but its public keys, and would be another program.
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ORIGIN = "http://127.0.0.1:3000", PUBLIC_URL = "http://127.0.0.1:4433" } = process.env;
const keys = createRemoteJWKSet(new URL(`${PUBLIC_URL}/.well-known/jwks.json`));
const expected = { algorithms: ["EdDSA"], issuer: `${ORIGIN}/`, audience: "second-service", requiredClaims: ["exp"] };

export async function secondService(request, response) {
  const token = (request.get("Authorization") ?? "").replace(/^Bearer /i, "");
  const verified = await jwtVerify(token, keys, expected).catch(() => null);
  if (!verified) return response.sendStatus(401);
  response.json({ identity: verified.payload.sub, session: verified.payload.sid });
}
