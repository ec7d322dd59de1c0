"""The environment and the files of a rendered Pod on this machine, to run its program here."""
import pathlib
import re

from chart import ROOT, only

# Contents of the Secrets that the sets of values name.
JWKS = '{"keys": [{"kty": "oct", "alg": "HS256", "kid": "a", "k": "a2V5LW9mLXRoZS10ZXN0cy1rZXktb2YtdGhlLXRlc3RzLWtleQ"}]}'
SECRETS = {
    "cookie-secrets": "cookie-secret-of-the-tests\n",
    "admin-tokens": "admin-token-of-the-tests\n",
    "pseudonym-key": "pseudonym-key-of-the-tests\n",
}
# No server listens there. The URL of MySQL is as Kratos has it.
URLS = {"postgres": "postgres://user:secret@127.0.0.1:1/name", "mysql": "mysql://user:secret@tcp(127.0.0.1:1)/name"}


def environment_of_image():
    """The variables of the Dockerfile, over which those of the Pod have precedence."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    pairs = [pair for line in re.findall(r"^ENV (.*)$", text, re.M) for pair in re.findall(r"(\w+)=(\S+)", line)]
    assert pairs, "the Dockerfile has no ENV any more"
    return dict(pairs)


def prepare(objects, folder, url=URLS["postgres"]):
    """The arguments and the environment of the container, whose mounted files are below folder."""
    folder = pathlib.Path(folder)
    pod = only(objects, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    moved = {}
    for mount in container["volumeMounts"]:
        place = folder / mount["mountPath"].lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        moved[mount["mountPath"]] = place
        if mount["name"] == "jwks":
            (place / "jwks.json").write_text(JWKS)
        for source in volumes[mount["name"]].get("projected", {}).get("sources", []):
            for item in source["secret"]["items"]:
                (place / item["path"]).write_text(SECRETS[item["path"]])

    def here(text):
        for path, place in moved.items():
            text = re.sub(rf"(^|//){re.escape(path)}(?=/|$)", rf"\g<1>{place}", text)
        return text

    settings = only(objects, "ConfigMap")["data"]["elsewhere.toml"]
    (moved["/etc/elsewhere"] / "elsewhere.toml").write_text(here(settings))
    environment = environment_of_image()
    for variable in container["env"]:
        environment[variable["name"]] = here(variable.get("value", url))
    return [here(argument) for argument in container["args"]], environment
