#!/usr/bin/env python3
"""revocations.py PORT NAME: measures the time of a revocation, over and over (N, default 200).

Issues a session by the admin API on the next port, and revokes it by another one of its person.
"""
import http.client
import json
import os
import statistics
import sys
import time
import uuid

port, name, count = int(sys.argv[1]), sys.argv[2], int(os.environ.get("N", "200"))
admin = http.client.HTTPConnection("127.0.0.1", port + 1)
public = http.client.HTTPConnection("127.0.0.1", port)
identity = uuid.uuid4()


def issue():
    body = {"authentication_methods": [{"method": "password", "aal": "aal1"}]}
    headers = {"Content-Type": "application/json"}
    admin.request("POST", f"/admin/identities/{identity}/sessions", json.dumps(body), headers)
    answer = json.load(admin.getresponse())
    return answer["session"]["id"], answer["session_token"]


_, own = issue()
times = []
for _ in range(count):
    session, token = issue()
    began = time.perf_counter()
    public.request("DELETE", f"/sessions/{session}", headers={"X-Session-Token": own})
    answer = public.getresponse()
    answer.read()
    times.append((time.perf_counter() - began) * 1000)
    assert answer.status == 204, answer.status
cuts = statistics.quantiles(times, n=100)
print(f"{name}: median {statistics.median(times):.1f} ms, p99 {cuts[98]:.1f} ms")
