"""Receives webhooks, verifies them, and prints each event once.

    pip install standardwebhooks==1.1.0
    SECRET=whsec_… PORT=8080 python3 receiver.py
"""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["SECRET"])
# A real receiver keeps the ids for some days, where its other replicas see them, too.
seen = set()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            event = webhook.verify(body, headers)
        except WebhookVerificationError:
            return self.answer(400)
        # A message is repeated until its sender has had an answer.
        if headers["webhook-id"] not in seen:
            seen.add(headers["webhook-id"])
            print(event["type"], event["data"].get("session_id"), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver)
    print("listening on", server.server_port, flush=True)
    server.serve_forever()
