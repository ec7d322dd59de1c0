"""Lints the chart, and validates what it renders for each set of values, and deploy/kubernetes/,
against the API schemas of several versions of Kubernetes. Objects of other APIs have schemas in
schemas/, with the fields that the chart uses."""
import json
import pathlib

import jsonschema
import kubernetes_validate
import yaml

from chart import CHART, ROOT, SETS, helm, of_kind, only, render

# The oldest version that Chart.yaml allows, one between, and the newest with a schema.
VERSIONS = ["1.27", "1.32", "1.37"]
OTHER_APIS = ["gateway.networking.k8s.io/v1", "monitoring.coreos.com/v1"]


def validate(document, version, origin):
    name = f"{origin}: {document['kind']} {document['metadata']['name']} ({version})"
    try:
        if document["apiVersion"] in OTHER_APIS:
            schema = pathlib.Path(__file__).parent / f"schemas/{document['kind']}.json"
            jsonschema.validate(document, json.loads(schema.read_text()))
        else:
            kubernetes_validate.validate(document, version, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
        raise SystemExit(f"{name}: {error}") from error


def check_references(objects, origin):
    """Names that one object has for another: a typing mistake passes every schema."""
    pod = only(objects, "Deployment")["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
    services = {service["metadata"]["name"]: service["spec"] for service in of_kind(objects, "Service")}
    for name, spec in services.items():
        assert spec["selector"].items() <= labels, f"{origin}: {name} selects no Pod"
        assert spec["ports"][0]["targetPort"] in ports, f"{origin}: {name} leads to no port"
    for kind, path in [("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")]:
        for each in of_kind(objects, kind):
            assert each["spec"][path]["matchLabels"].items() <= labels, f"{origin}: {kind} selects no Pod"
    for monitor in of_kind(objects, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        selected = [each for each in of_kind(objects, "Service") if wanted <= each["metadata"]["labels"].items()]
        assert [each["spec"]["ports"][0]["name"] for each in selected] == ["admin"], f"{origin}: ServiceMonitor"
    mounts = {mount["name"] for mount in pod["spec"]["containers"][0]["volumeMounts"]}
    assert mounts == {volume["name"] for volume in pod["spec"]["volumes"]}, f"{origin}: {mounts}"


def check_pod(objects, origin):
    """The promises of docs/kubernetes.md."""
    deployment = only(objects, "Deployment")["spec"]
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }, origin
    assert pod["securityContext"]["runAsUser"] == 65532 and pod["automountServiceAccountToken"] is False, origin
    is_sqlite = any("persistentVolumeClaim" in volume for volume in pod["volumes"])
    strategy = deployment["strategy"]
    assert strategy["type"] == "Recreate" if is_sqlite else strategy["rollingUpdate"]["maxUnavailable"] == 0, origin
    settings = {variable["name"]: variable.get("value") for variable in container["env"]}
    delay = int(settings["ELSEWHERE_SERVER__SHUTDOWN_DELAY"].rstrip("s") or 0)
    assert pod["terminationGracePeriodSeconds"] == delay + 20, origin
    probe = container["startupProbe"]
    budget = probe["periodSeconds"] * probe["failureThreshold"]
    assert budget > int(settings["ELSEWHERE_DATABASE__START_TIMEOUT"].rstrip("s")) + 60, origin


def check_secrets(objects, origin):
    """Secrets stand in Secrets that exist: the chart makes none, and has none in plain text."""
    assert not of_kind(objects, "Secret"), origin
    for variable in only(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]:
        is_secret = variable["name"].endswith(("__URL", "__TOKENS", "__COOKIE_SECRETS", "__PSEUDONYM_KEY"))
        value = variable.get("value", "")
        assert not is_secret or "valueFrom" in variable or value.startswith("sqlite:"), f"{origin}: {variable}"


def main():
    count = 0
    for values in SETS:
        linted = helm("lint", "--strict", CHART, "--values", values)
        assert linted.returncode == 0, f"{values.name}: {linted.stdout}{linted.stderr}"
        for version in VERSIONS:
            objects = render(values, kubernetes=f"{version}.0")
            for document in objects:
                validate(document, version, values.name)
                count += 1
        for check in (check_references, check_pod, check_secrets):
            check(objects, values.name)
    for file in (ROOT / "deploy/kubernetes").glob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text()):
            for version in VERSIONS:
                validate(document, version, file.name)
                count += 1
    print(f"{len(SETS)} sets of values, {count} objects valid in Kubernetes {', '.join(VERSIONS)}")


main()
