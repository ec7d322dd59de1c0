"""The examples of docs/kubernetes.md and docs/alerts.md work, and the values and files that they name
exist."""
import pathlib
import re
import shutil
import subprocess
import tempfile

import yaml

from chart import CHART, ROOT, SETS, render

KUBERNETES = (ROOT / "docs/kubernetes.md").read_text()
ALERTS = (ROOT / "docs/alerts.md").read_text()


def blocks(text):
    return re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)


def check_values():
    """The example of values is complete, and each value in the text is one of the chart."""
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks(KUBERNETES):
            values = pathlib.Path(folder) / "values.yaml"
            values.write_text(block)
            render(values)
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    named = set(re.findall(r"(?<!Kratos's )`([a-zA-Z]+(?:\.[a-zA-Z*]+)+)(?::[^`]*)?`", KUBERNETES))
    named = {path for path in named if path.split(".")[0] in defaults and not path.startswith("settings.")}
    assert len(named) > 20, named
    for path in named:
        value = defaults
        for key in path.split("."):
            values = value.values() if key == "*" else [value.get(key)]
            value = next(iter(values))
            assert value is not None, f"docs/kubernetes.md: the chart has no value {path}"


def check_files():
    """The Secret has the keys that the chart expects, and each example is a file."""
    expected = {secret["key"] for secret in yaml.safe_load((CHART / "values.yaml").read_text())["secrets"].values()}
    assert set(re.findall(r"--from-file=(\S+)", KUBERNETES)) == expected - {"pseudonym-key"}
    assert set(re.findall(r"^\| `([a-z-]+)` \|", KUBERNETES, re.M)) == expected
    sets = {values.name for values in SETS}
    assert set(re.findall(r"[a-z-]+-values\.yaml", KUBERNETES)) <= sets
    manifests = {file.name for file in (ROOT / "deploy/kubernetes").glob("*.yaml")}
    assert set(re.findall(r"^\| `([a-z-]+\.yaml)` \|", KUBERNETES, re.M)) == manifests


def check_scrape_configuration():
    (configuration,) = blocks(ALERTS)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "prometheus.yml"
        file.write_text(configuration)
        shutil.copy(ROOT / "deploy/prometheus/alerts.yaml", folder)
        done = subprocess.run(["promtool", "check", "config", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"docs/alerts.md: {done.stdout}{done.stderr}"


check_values()
check_files()
check_scrape_configuration()
print("the examples of the docs work")
