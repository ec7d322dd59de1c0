"""Tests the rules of deploy/prometheus/alerts.yaml with alerts_test.yaml, by promtool. Each alert has a
test in which it fires, one in which it does not, and an entry in docs/alerts.md."""
import pathlib
import shutil
import subprocess
import tempfile

import yaml

from chart import ROOT

HERE = pathlib.Path(__file__).parent
RULES = ROOT / "deploy/prometheus/alerts.yaml"


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"promtool {arguments[0]} {arguments[1]}: {done.stdout}{done.stderr}"


def test_rules(rules):
    """The summaries and links do not depend on the values, so that the tests leave them out."""
    for alert in rules["groups"][0]["rules"]:
        alert["annotations"] = {"description": alert["annotations"]["description"]}
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "alerts.yaml").write_text(yaml.safe_dump(rules))
        tests = shutil.copy(HERE / "alerts_test.yaml", folder)
        promtool("test", "rules", tests)


def check_tests(alerts):
    """A test that is missing is found, and not only one that fails."""
    tests = yaml.safe_load((HERE / "alerts_test.yaml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    for alert in alerts:
        outcomes = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == alert["alert"]}
        assert outcomes == {True, False}, f"{alert['alert']}: alerts_test.yaml has only {outcomes}"


def check_runbooks(alerts):
    """mdbook and GitHub make the anchor of a heading in the same way."""
    lines = (ROOT / "docs/alerts.md").read_text().splitlines()
    anchors = {line.removeprefix("## ").lower() for line in lines if line.startswith("## ")}
    for alert in alerts:
        page, anchor = alert["annotations"]["runbook"].split("#")
        assert page == "docs/alerts.md" and anchor == alert["alert"].lower(), alert["alert"]
        assert anchor in anchors, f"docs/alerts.md has no heading {alert['alert']}"


def main():
    promtool("check", "rules", RULES)
    rules = yaml.safe_load(RULES.read_text())
    (group,) = rules["groups"]
    check_tests(group["rules"])
    check_runbooks(group["rules"])
    test_rules(rules)
    print(f"{len(group['rules'])} alerts tested")


main()
