"""The program as the chart runs it on SQLite, and a Prometheus that scrapes it as the ServiceMonitor
says. Both run on this machine."""
import contextlib
import json
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from chart import CHART, ROOT, only, render
from pod import prepare

# The time within which something has to happen, in seconds.
LIMIT = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def eventually(what, condition):
    """The first result of the condition that is true."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if result := condition():
                return result
        time.sleep(0.1)
    raise SystemExit(f"not within {LIMIT} s: {what}")


@contextlib.contextmanager
def running(*command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Service:
    """The running program, and the probes of its Pod."""

    def __init__(self, program, folder):
        self.folder = pathlib.Path(folder)
        objects = render(CHART / "ci/own-sqlite-values.yaml")
        self.container = only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
        arguments, environment = prepare(objects, folder)
        self.ports = {"public": free_port(), "admin": free_port()}
        for name, port in self.ports.items():
            variable = {"public": "ELSEWHERE_SERVER__LISTEN", "admin": "ELSEWHERE_ADMIN__LISTEN"}[name]
            # A different port here, because two services may run on one machine.
            assert environment[variable] == f":{self.container_port(name)}", environment[variable]
            environment[variable] = f"127.0.0.1:{port}"
        self.log = self.folder / "log"
        self.command, self.environment = [program, *arguments], environment

    def container_port(self, name):
        return next(port["containerPort"] for port in self.container["ports"] if port["name"] == name)

    @contextlib.contextmanager
    def serving(self):
        with self.log.open("w") as log, running(*self.command, env=self.environment, stderr=log) as self.process:
            eventually("the probes of the Deployment succeed", lambda: all(
                self.probe(name) == 200 for name in ("startupProbe", "livenessProbe", "readinessProbe")
            ))
            yield self

    def stop(self):
        self.process.terminate()
        self.process.wait(LIMIT)

    def probe(self, name):
        get = self.container[name]["httpGet"]
        return self.request(get["port"], "GET", get["path"])[0]

    def request(self, port, method, path, body=None, **headers):
        """The status and the body of a response."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        url = f"http://127.0.0.1:{self.ports[port]}{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Prometheus:
    """A Prometheus with the alerts, that scrapes one target each second. An alert fires after two
    seconds, instead of minutes."""

    def __init__(self, folder, target):
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        rules = (ROOT / "deploy/prometheus/alerts.yaml").read_text()
        (self.folder / "alerts.yaml").write_text(re.sub(r"\bfor: \w+", "for: 2s", rules))
        monitor = only(render(CHART / "ci/monitoring-values.yaml"), "ServiceMonitor")
        (endpoint,) = monitor["spec"]["endpoints"]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["alerts.yaml"],
            "scrape_configs": [{
                "job_name": "elsewhere-admin", "metrics_path": endpoint["path"], "scheme": endpoint["scheme"],
                "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
            }],
        }))

    @contextlib.contextmanager
    def scraping(self):
        command = [
            "prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error",
        ]
        with running(*command):
            ready = f"http://127.0.0.1:{self.port}/-/ready"
            eventually("Prometheus is ready", lambda: urllib.request.urlopen(ready, timeout=LIMIT))
            eventually("Prometheus scrapes the service", lambda: self.query("up == 1"))
            yield self

    def get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=LIMIT) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{parameters}: {error.read().decode()}") from error

    def query(self, expression):
        """The series of the result. An expression that is wrong ends the test."""
        return self.get("query", query=expression)["result"]

    def firing(self):
        """The names of the alerts that fire."""
        alerts = self.get("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def labels(self, selector):
        """The names of the labels that the selected series have."""
        series = self.get("series", **{"match[]": selector})
        return set().union(*series)
