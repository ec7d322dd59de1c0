"""The chart, as helm renders it with a set of values."""
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "deploy/helm/elsewhere"
SETS = sorted(CHART.glob("ci/*-values.yaml"))


def helm(*arguments):
    """The finished process of a helm command."""
    return subprocess.run(["helm", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def template(values, *options, kubernetes="1.37.0"):
    return helm("template", "elsewhere", CHART, "--kube-version", kubernetes, "--values", values, *options)


def render(values, *options, kubernetes="1.37.0"):
    """The objects that the chart makes of a file of values."""
    rendered = template(values, *options, kubernetes=kubernetes)
    assert rendered.returncode == 0, f"{values}: {rendered.stderr}"
    return [document for document in yaml.safe_load_all(rendered.stdout) if document]


def of_kind(objects, kind):
    return [each for each in objects if each["kind"] == kind]


def only(objects, kind):
    (one,) = of_kind(objects, kind)
    return one
