"""The program accepts the settings that the chart makes of each set of values, with the variables of
the image below them.

    check_settings.py PROGRAM"""
import subprocess
import sys
import tempfile
import tomllib

import yaml

from chart import SETS, only, render
from pod import URLS, prepare


def flat(settings, path=""):
    """The settings as path and value."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def check(values, program):
    objects = render(values)
    is_mysql = (yaml.safe_load(values.read_text()).get("database") or {}).get("type") == "mysql"
    with tempfile.TemporaryDirectory() as folder:
        (command, *options), environment = prepare(objects, folder, URLS["3306" if is_mysql else "5432"])
        assert command == "serve", command
        shown = subprocess.run([program, "config", *options], env=environment, capture_output=True, text=True, timeout=30)
    assert shown.returncode == 0, f"{values.name}: {shown.stderr}"
    in_force = dict(flat(tomllib.loads(shown.stdout)))
    for path, value in flat(tomllib.loads(only(objects, "ConfigMap")["data"]["elsewhere.toml"])):
        assert in_force[path] == value, f"{values.name}: {path} is {in_force[path]}, not {value}"
    assert in_force["server.listen"].endswith(":4433"), in_force["server.listen"]
    return len(in_force)


print(sum(check(values, sys.argv[1]) for values in SETS), "settings of all sets of values are in force")
