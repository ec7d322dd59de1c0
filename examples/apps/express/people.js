// People and their passwords, as a database would hold them.
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

// The parameters of scrypt that OWASP recommends. A hash takes 128 MiB of memory. Node makes at most four at a time,
// because its pool has four threads (UV_THREADPOOL_SIZE).
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
const hash = (password, salt) => promisify(scrypt)(password, salt, 32, COST);

async function person(id, email) {
  const salt = randomBytes(16);
  return { id, email, salt, hash: await hash(process.env.DEMO_PASSWORD, salt) };
}
const people = [
  await person("7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10", "ana@example.org"),
  await person("c2a9d6f4-58c3-4a8e-8a55-6f2f0f5b7e21", "ben@example.org"),
];
const nobody = { salt: randomBytes(16), hash: randomBytes(32) };

// The person with this address and password, or null.
export async function authenticate(email, password) {
  // An unknown address takes as long as a known one, so that the time does not tell them apart.
  const found = people.find((person) => person.email === email) ?? nobody;
  return timingSafeEqual(found.hash, await hash(password, found.salt)) ? found : null;
}
