"""A container: a minimal Debian (debootstrap) whose systemd systemd-nspawn boots, without a network.
Needs root."""
import json
import os
import subprocess
import sys
import time
import uuid

LIMIT = 60  # seconds for each command and each wait


def equals(found, expected, description):
    if found != expected:
        sys.exit(f"{description}: {found!r}, expected {expected!r}")


def await_that(condition, description):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"after {LIMIT} s, it is still not true that {description}")
        time.sleep(0.1)


class Container:
    def __init__(self, root):
        self.root = root
        options = ["--register=no", "--keep-unit", "--private-network", "--console=pipe", "--boot"]
        command = ["systemd-nspawn", "--quiet", "--directory", root, *options]
        quiet = subprocess.DEVNULL
        self.nspawn = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)

    def await_systemd(self):
        await_that(self.find_systemd, "systemd-nspawn has started systemd")
        ready = ["test", "-S", "/run/systemd/private"]
        await_that(lambda: self.run(*ready, check=False).returncode == 0, "systemd runs")
        self.run("systemctl", "is-system-running", "--wait", check=False)

    def find_systemd(self):
        """systemd-nspawn has other children, too, before it has started systemd."""
        if self.nspawn.poll() is not None:
            sys.exit("systemd-nspawn has failed")
        with open(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children") as children:
            for child in children.read().split():
                with open(f"/proc/{child}/comm") as name:
                    if name.read().strip() == "systemd":
                        self.systemd = child
                        return True
        return False

    def run(self, *command, check=True):
        command = ["nsenter", "--target", self.systemd, "--all", *command]
        done = subprocess.run(command, timeout=LIMIT, text=True, capture_output=True)
        if check and done.returncode != 0:
            sys.exit(f"{command[4:]} failed: {done.stdout}{done.stderr}{self.journal()}")
        return done

    def output(self, *command):
        return self.run(*command).stdout.strip()

    def journal(self):
        journal = ["journalctl", "--no-pager", "--lines=30", "--output=cat"]
        return self.run(*journal, "--unit=elsewhere.service", check=False).stdout

    def curl(self, *arguments):
        """The program of this machine, in the container's network. Returns the status, or the error, and the body."""
        program = ["nsenter", "--target", self.systemd, "--net", "curl", "--silent"]
        program += ["--show-error", "--max-time", str(LIMIT), "--write-out", "\n%{http_code}"]
        done = subprocess.run([*program, *arguments], timeout=2 * LIMIT, text=True, capture_output=True)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status) if done.returncode == 0 else done.stderr.strip(), body

    def whoami(self, *credential):
        return self.curl(*credential, "http://127.0.0.1:4433/sessions/whoami")[0]

    def issue(self):
        """A session, by the admin API, which root can use."""
        admin = f"/proc/{self.systemd}/root/run/elsewhere-admin.sock"
        url = f"http://localhost/admin/identities/{uuid.uuid4()}/sessions"
        body = '{"authentication_methods": [{"method": "password", "aal": "aal1"}]}'
        headers = ["--header", "Content-Type: application/json"]
        status, answer = self.curl("--unix-socket", admin, *headers, "--data", body, url)
        equals(status, 201, f"POST to the admin API: {answer}")
        return json.loads(answer)

    def write(self, path, text, mode=0o644):
        with open(self.root + path, "w", opener=lambda p, flags: os.open(p, flags, mode)) as file:
            file.write(text)

    def exists(self, path):
        return os.path.lexists(self.root + path)

    def unit(self, name="elsewhere.service"):
        return self.run("systemctl", "is-active", name, check=False).stdout.strip()

    def property(self, name):
        return self.output("systemctl", "show", "--value", "--property", name, "elsewhere.service")

    def stop(self):
        self.nspawn.terminate()
        try:
            self.nspawn.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
