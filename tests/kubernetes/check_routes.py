"""The chart splits a host between Kratos and elsewhere as examples/beside-kratos/ does, whose rules
the suite tests (tests/suite/api/gateway/declared_routes.rs)."""
import yaml

from chart import CHART, ROOT, only, render


def example(file):
    documents = yaml.safe_load_all((ROOT / "examples/beside-kratos" / file).read_text())
    return next(documents)["spec"]


def check(kind, values, file, part):
    ours = only(render(CHART / f"ci/{values}-values.yaml"), kind)["spec"]
    assert ours[part] == example(file)[part], f"{kind}: {ours[part]} is not the one of {file}"


check("Ingress", "beside-kratos", "ingress.yaml", "rules")
check("HTTPRoute", "beside-kratos-gateway", "httproute.yaml", "rules")
check("HTTPRoute", "beside-kratos-gateway", "httproute.yaml", "hostnames")
# Paths that are no part of Kratos's session calls.
options = "routes.jwks=true,routes.ui=true,settings.ui.enabled=true"
added = only(render(CHART / "ci/beside-kratos-values.yaml", "--set", options), "Ingress")["spec"]["rules"][0]
backends = {path["path"]: path["backend"]["service"]["name"] for path in added["http"]["paths"]}
assert backends["/.well-known/jwks.json"] == backends["/ui"] == "elsewhere", backends
assert backends["/"] == "kratos-public", backends
print("the routes are those of examples/beside-kratos/")
