"""A real Prometheus evaluates every query of examples/grafana.json and every alert on the metrics of
the real service after some traffic. Each metric, label and label value in them exists. Then the
service stops, and the alerts about that fire.

    check_queries.py PROGRAM"""
import contextlib
import json
import re
import sqlite3
import sys
import tempfile
import uuid

import yaml

from chart import ROOT
from pod import SECRETS
from service import LIMIT, Prometheus, Service, eventually

TOKEN = SECRETS["admin-tokens"].strip()
SELECTOR = re.compile(r"\b((?:elsewhere_|process_|up\b)\w*)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
# Labels that Prometheus adds.
OF_PROMETHEUS = {"job", "instance"}
def issue_sessions(service):
    """Sessions that are issued, listed and revoked. Returns a token."""
    path = f"/admin/identities/{uuid.uuid4()}/sessions"
    body = {"authentication_methods": [{"method": "password", "aal": "aal1"}]}
    issued = [service.request("admin", "POST", path, body, Authorization=f"Bearer {TOKEN}") for _ in range(2)]
    assert [status for status, _ in issued] == [201, 201], issued
    token = json.loads(issued[0][1])["session_token"]
    assert service.request("public", "GET", "/sessions", X_Session_Token=token)[0] == 200
    assert service.request("public", "DELETE", "/sessions", X_Session_Token=token)[0] == 200
    return token


def present_wrong_tokens(service):
    """More than one client may present within a minute, unless this takes too long."""
    statuses = {service.request("public", "GET", "/sessions/whoami", X_Session_Token="wrong")[0] for _ in range(310)}
    assert statuses <= {401, 429}, statuses


def lose_table(service):
    """From then on, the calls of the database that read sessions fail."""
    with contextlib.closing(sqlite3.connect(service.folder / "data/elsewhere.sqlite", timeout=LIMIT)) as database:
        database.execute("ALTER TABLE sessions RENAME TO lost")


def list_in_vain(service, token):
    statuses = {service.request("public", "GET", "/sessions", X_Session_Token=token)[0] for _ in range(5)}
    assert min(statuses) >= 500, statuses


def lose_database(service):
    (service.folder / "data").rename(service.folder / "lost")


def cause(prometheus, names, incident):
    """Repeats what the alerts are for until they have results: a rate needs a series that rises."""
    conditions = [expression for name, expression in alerts() if name in names]
    assert len(conditions) == len(names), names

    def caused():
        incident()
        return all(prometheus.query(condition) for condition in conditions)

    eventually(f"results of {', '.join(names)}", caused)


def queries():
    """The title and the expression of each query of the dashboard."""
    dashboard = json.loads((ROOT / "examples/grafana.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")
            yield panel["title"], expression
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric = re.fullmatch(r"label_values\((\w+), \w+\)", variable["query"]["query"]).group(1)
            yield f"variable {variable['name']}", metric


def alerts():
    """The name and the expression of each alert."""
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())["groups"][0]["rules"]
    return [(rule["alert"], rule["expr"]) for rule in rules]


def check_names(prometheus, title, expression):
    """A name that is wrong makes an empty result, but no error."""
    grouped = {label.strip() for labels in GROUPING.findall(expression) for label in labels.split(",")}
    known = set(OF_PROMETHEUS)
    for metric, matchers in SELECTOR.findall(expression):
        labels = prometheus.labels(metric) | (OF_PROMETHEUS if prometheus.labels(metric) else set())
        assert labels, f"{title}: no metric {metric}"
        known |= labels
        for label, operator, value in MATCHER.findall(matchers):
            assert label in labels, f"{title}: {metric} has no label {label}"
            if operator in ("=", "=~"):
                selector = f'{metric}{{{label}{operator}"{value}"}}'
                assert prometheus.labels(selector), f"{title}: no series {selector}"
    assert grouped <= known, f"{title}: no label {grouped - known}"


def check(prometheus):
    for title, expression in [*queries(), *alerts()]:
        check_names(prometheus, title, expression)
    empty = [title for title, expression in queries() if not prometheus.query(expression)]
    assert not empty, f"queries of the dashboard without data: {empty}"
    silent = [title for title, expression in alerts() if not prometheus.query(expression)]
    wrong = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"] if rule.get("lastError")]
    assert not wrong, wrong
    print(f"{len(list(queries()))} queries of the dashboard have data, {len(alerts())} alerts are valid")
    # Alerts compare, so that most have no result while all is well.
    print(f"alerts without a result, because nothing was wrong with what they compare: {', '.join(silent)}")


def check_firing(service, prometheus):
    """The alerts of a service that is gone fire, which `up` and an absent metric tell."""
    service.stop()
    gone = {"ElsewhereDown", "ElsewhereAbsent"}
    eventually(f"{gone} fire", lambda: gone <= prometheus.firing())
    print(f"alerts that fired: {', '.join(sorted(prometheus.firing()))}")


def main(program):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as storage:
        with Service(program, folder).serving() as service:
            with Prometheus(storage, service.ports["admin"]).scraping() as prometheus:
                token = issue_sessions(service)
                cause(prometheus, ["ElsewhereWrongTokens"], lambda: present_wrong_tokens(service))
                lose_table(service)
                failures = ["ElsewhereServerErrors", "ElsewhereDatabaseFailures"]
                cause(prometheus, failures, lambda: list_in_vain(service, token))
                lose_database(service)
                cause(prometheus, ["ElsewhereNotReady"], lambda: service.probe("readinessProbe"))
                check(prometheus)
                check_firing(service, prometheus)


main(sys.argv[1])
