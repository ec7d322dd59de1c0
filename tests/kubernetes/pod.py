"""The environment and the files of a rendered Pod on this machine, to run its program here."""
import pathlib
import re

from chart import ROOT, only

# Contents of the Secrets that the sets of values name.
SECRETS = {
    "cookie-secrets": "cookie-secret-of-the-tests\n",
    "admin-tokens": "admin-token-of-the-tests\n",
    "pseudonym-key": "pseudonym-key-of-the-tests\n",
}
URLS = {"5432": "postgres://user:secret@db.example.org/name", "3306": "mysql://user:secret@tcp(db.example.org:3306)/name"}


def environment_of_image():
    """The variables of the Dockerfile, over which those of the Pod have precedence."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    pairs = [pair for line in re.findall(r"^ENV (.*)$", text, re.M) for pair in re.findall(r"(\w+)=(\S+)", line)]
    assert pairs, "the Dockerfile has no ENV any more"
    return dict(pairs)


def prepare(objects, folder, url=URLS["5432"]):
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
        for source in volumes[mount["name"]].get("projected", {}).get("sources", []):
            for item in source["secret"]["items"]:
                (place / item["path"]).write_text(SECRETS[item["path"]])

    def here(text):
        for path, place in moved.items():
            text = re.sub(rf"(^|//){re.escape(path)}(?=/)", rf"\g<1>{place}", text)
        return text

    settings = only(objects, "ConfigMap")["data"]["elsewhere.toml"]
    (moved["/etc/elsewhere"] / "elsewhere.toml").write_text(settings)
    environment = environment_of_image()
    for variable in container["env"]:
        environment[variable["name"]] = here(variable.get("value", url))
    return [here(argument) for argument in container["args"]], environment
