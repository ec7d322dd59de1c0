"""Values that cannot work are refused, with a message that begins with their key."""
import pathlib
import tempfile

import yaml

from chart import CHART, template

OWN = CHART / "ci/own-postgres-values.yaml"
SQLITE = CHART / "ci/own-sqlite-values.yaml"
KRATOS = CHART / "ci/beside-kratos-values.yaml"
GATEWAY = CHART / "ci/beside-kratos-gateway-values.yaml"
MONITORING = CHART / "ci/monitoring-values.yaml"
TEMPLATES = {"a": {"jwks_url": "base64://e30="}}

# The file of values, what is changed in it, and the message, or its beginning.
CASES = [
    (OWN, {"settings": {"server": {"base_url": ""}}}, "settings.server.base_url: expected the URL"),
    (OWN, {"settings": {"server": {"listen": ":80"}}}, "settings.server.listen: expected no such setting here, because the value service decides it"),
    (OWN, {"settings": {"server": {"shutdown_delay": "5s"}}}, "settings.server.shutdown_delay: expected no such setting"),
    (OWN, {"settings": {"server": {"tls": {"key": "/k"}}}}, "settings.server.tls: expected no such setting"),
    (OWN, {"settings": {"admin": {"tokens": ["0123456789abcdef"]}}}, "settings.admin.tokens: expected no such setting here, because the value secrets.adminTokens decides it"),
    (OWN, {"settings": {"database": {"url": "postgres://u:p@h/d"}}}, "settings.database.url: expected no such setting"),
    (OWN, {"settings": {"database": {"start_timeout": "1h"}}}, "settings.database.start_timeout: expected no such setting"),
    (OWN, {"settings": {"session": {"cookie_secrets": ["0123456789abcdef"]}}}, "settings.session.cookie_secrets: expected no such setting"),
    (OWN, {"settings": {"audit": {"pseudonym_key": "k"}}}, "settings.audit.pseudonym_key: expected no such setting"),
    (OWN, {"settings": {"session": {"tokenizer": {"templates": TEMPLATES}}}}, "settings.session.tokenizer.templates.a.jwks_url: expected file://"),
    (OWN, {"extraEnv": [{"name": "ELSEWHERE_ADMIN__TOKENS", "value": "0123456789abcdef"}]}, "extraEnv: expected no ELSEWHERE_ADMIN__TOKENS here"),
    (OWN, {"extraEnv": [{"name": "ELSEWHERE_DATABASE__URL_FILE", "value": "/f"}]}, "extraEnv: expected no ELSEWHERE_DATABASE__URL_FILE here"),
    (OWN, {"secrets": {"databaseUrl": {"existingSecret": ""}}}, "secrets.databaseUrl.existingSecret: expected the name of a Secret with the URL of the database, because database.type is postgres"),
    (OWN, {"secrets": {"adminTokens": {"existingSecret": ""}}}, "secrets.adminTokens.existingSecret: expected the name"),
    (SQLITE, {"replicaCount": 2}, "replicaCount: expected 1 with database.type sqlite, got 2"),
    (SQLITE, {"autoscaling": {"enabled": True}}, "autoscaling.enabled: expected false with database.type sqlite"),
    (SQLITE, {"database": {"schema": "kratos"}}, "database.type: expected postgres or mysql beside a Kratos"),
    (SQLITE, {"secrets": {"databaseUrl": {"existingSecret": "s"}}}, "secrets.databaseUrl.existingSecret: expected no Secret with database.type sqlite"),
    (KRATOS, {"secrets": {"cookieSecrets": {"existingSecret": ""}}}, "secrets.cookieSecrets.existingSecret: expected the name of a Secret with Kratos's secrets.cookie"),
    (KRATOS, {"settings": {"session": {"cookies": False}}}, "secrets.cookieSecrets.existingSecret: expected no Secret"),
    (KRATOS, {"kratos": {"publicService": {"name": ""}}}, "kratos.publicService.name: expected the Service"),
    (KRATOS, {"kratos": {"publicService": {"namespace": "identity"}}}, "kratos.publicService.namespace: expected the namespace of this release"),
    (KRATOS, {"routes": {"ui": True}}, "routes.ui: expected settings.ui.enabled true"),
    (KRATOS, {"ingress": {"hosts": []}}, "ingress.hosts: expected at least one host"),
    (KRATOS, {"database": {"schema": "own"}}, "ingress.includeKratos: expected false"),
    (GATEWAY, {"httpRoute": {"parentRefs": []}}, "httpRoute.parentRefs: expected at least one Gateway"),
    (MONITORING, {"admin": {"enabled": False}}, "serviceMonitor.enabled: expected admin.enabled"),
    (MONITORING, {"networkPolicy": {"admin": {"from": []}}}, "networkPolicy.admin.from: expected the Pods of Prometheus"),
    (MONITORING, {"tls": {"admin": {"existingSecret": "t"}}}, "serviceMonitor.tlsConfig: expected the CA"),
    (OWN, {"tls": {"admin": {"clientCa": True}}}, "tls.admin.clientCa: expected tls.admin.existingSecret"),
    (OWN, {"autoscaling": {"enabled": True, "minReplicas": 7}}, "autoscaling.maxReplicas: expected at least minReplicas, 7, got 6"),
    (OWN, {"autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}}, "resources.requests.cpu: expected a value"),
    (OWN, {"secrets": {"cookieSecrets": {"existingSecret": ""}}, "settings": {"session": {"cookies": False}, "ui": {"enabled": True}}}, "settings.ui.enabled: expected false"),
]

# Refused by values.schema.json: the value and a part of helm's message.
SHAPES = [
    ({"database": {"type": "oracle"}}, "database/type"),
    ({"replicacount": 3}, "'replicacount'"),
    ({"replicaCount": "3"}, "replicaCount"),
    ({"service": {"port": 0}}, "service/port"),
    ({"image": {"repository": ""}}, "image/repository"),
    ({"settings": {"base_url": "https://example.org/"}}, "settings/base_url"),
    ({"podDisruptionBudget": {"maxUnavailable": 0}}, "maxUnavailable"),
    ({"secrets": {"databaseUrl": {"value": "postgres://u:p@h/d"}}}, "'value'"),
]


def refusal(values, change, folder):
    """The message with which helm refuses a file of values with a change."""
    changed = pathlib.Path(folder) / "changed.yaml"
    changed.write_text(yaml.safe_dump(change))
    rendered = template(values, "--values", changed)
    assert rendered.returncode != 0, f"accepted: {values.name} with {change}"
    return rendered.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        for values, change, message in CASES:
            got = refusal(values, change, folder)
            # helm puts the place in the templates before the message.
            assert f": {message}" in got, f"{change}: expected `{message}`, got `{got}`"
        for change, part in SHAPES:
            got = refusal(OWN, change, folder)
            assert "values don't meet the specifications of the schema" in got and part in got, f"{change}: {got}"
    print(f"{len(CASES) + len(SHAPES)} wrong values refused")


main()
