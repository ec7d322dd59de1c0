"""The program accepts the settings that the chart makes of each set of values, with the variables of
the image below them.

    check_settings.py PROGRAM"""
import pathlib
import subprocess
import sys
import tempfile
import tomllib

import yaml

from chart import SETS, render
from pod import URLS, prepare


def flat(settings, path=""):
    """The settings as path and value."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def check_in_force(shown, file, name):
    assert shown.returncode == 0, f"{name}: {shown.stderr}"
    in_force = dict(flat(tomllib.loads(shown.stdout)))
    for path, value in flat(tomllib.loads(pathlib.Path(file).read_text())):
        assert in_force[path] == value, f"{name}: {path} is {in_force[path]}, not {value}"
    assert in_force["server.listen"].endswith(":4433"), in_force["server.listen"]
    return len(in_force)


def check(values, program):
    objects = render(values)
    database = yaml.safe_load(values.read_text()).get("database", {}).get("type", "postgres")
    with tempfile.TemporaryDirectory() as folder:
        (command, *options), environment = prepare(objects, folder, URLS.get(database))

        def run(command, **variables):
            everything = environment | variables
            return subprocess.run(
                [program, command, *options], env=everything, capture_output=True, text=True, timeout=60
            )

        count = check_in_force(run("config"), options[-1], values.name)
        # check_queries.py starts the one on SQLite.
        if database != "sqlite":
            # Ports that are free here, and a short wait for a database that does not exist.
            admin = environment["ELSEWHERE_ADMIN__LISTEN"].replace(":4434", ":0")
            listen = {"ELSEWHERE_SERVER__LISTEN": "0.0.0.0:0", "ELSEWHERE_ADMIN__LISTEN": admin}
            served = run(command, **listen, ELSEWHERE_DATABASE__START_TIMEOUT="100ms")
            # Everything else has been accepted by then.
            assert "elsewhere: database.url: " in served.stderr, f"{values.name}: {served.stderr}"
    return count


print(sum(check(values, sys.argv[1]) for values in SETS), "settings of all sets of values are in force")
