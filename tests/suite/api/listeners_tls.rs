//! Listeners: TLS and HTTP/2, Unix sockets, and sockets that systemd passes on. The client
//! is curl, which supports all of them.

pub mod authority;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use self::authority::Authority;
use crate::support::http_client::connect;
use crate::support::output::{Lines, OutputInTime as _};
use crate::support::process::{RunningProcess, elsewhere, serve};
use crate::support::wait::{wait_for, wait_until};

/// Returns curl's output: the protocol, the status, the certificate's name, and the
/// headers. Returns curl's error if it fails.
fn curl(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("curl");
    let all = ["-sS", "-i", "-v", "--max-time", "10", "-o", "-"];
    let output = command.args(all).args(arguments).output_in_time();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(format!("{}{errors}", String::from_utf8_lossy(&output.stdout)))
    } else {
        Err(errors)
    }
}

#[test]
fn both_listeners_serve_tls_and_http_2() {
    let authority = Authority::new();
    authority.sign("server");
    authority.sign("client");
    let (certificate, key) = (authority.text("server.pem"), authority.text("server.key"));
    let ca = authority.text("ca.pem");
    let folder = tempfile::tempdir().unwrap();
    let (_running, public, admin, _lines) = serve(
        &folder,
        &[
            ("ELSEWHERE_SERVER__TLS__CERTIFICATE", &certificate),
            ("ELSEWHERE_SERVER__TLS__KEY", &key),
            ("ELSEWHERE_ADMIN__TLS__CERTIFICATE", &certificate),
            ("ELSEWHERE_ADMIN__TLS__KEY", &key),
            ("ELSEWHERE_ADMIN__TLS__CLIENT_CA", &ca),
        ],
    );
    let at =
        |listener: SocketAddr, path: &str| format!("https://localhost:{}{path}", listener.port());
    let sessions = at(public, "/sessions");
    for (protocol, begins) in [("--http2", "HTTP/2 401"), ("--http1.1", "HTTP/1.1 401")] {
        let answer = curl(&["--cacert", &ca, protocol, &sessions]).unwrap();
        assert!(answer.starts_with(begins), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    for version in ["1.2", "1.3"] {
        let flag = format!("--tlsv{version}");
        assert!(curl(&["--cacert", &ca, &flag, "--tls-max", version, &sessions]).is_ok());
    }
    assert!(curl(&["--cacert", &ca, "--tls-max", "1.1", &sessions]).is_err());

    // The admin listener refuses clients without a certificate of the authority.
    let alive = at(admin, "/health/alive");
    assert!(curl(&["--cacert", &ca, &alive]).is_err());
    let (shown, its_key) = (authority.text("client.pem"), authority.text("client.key"));
    let answer = curl(&["--cacert", &ca, "--cert", &shown, "--key", &its_key, &alive]).unwrap();
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");
    // The certificate is sufficient: no token is configured.
    let all = at(admin, "/admin/sessions");
    let answer = curl(&["--cacert", &ca, "--cert", &shown, "--key", &its_key, &all]).unwrap();
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");

    // A client that does not speak TLS is disconnected and does not affect others.
    let mut plain = connect(public);
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let _ = plain.read_to_end(&mut Vec::new());
    assert!(curl(&["--cacert", &ca, &sessions]).is_ok());
}

#[test]
fn certificates_are_reloaded_without_dropping_a_connection() {
    let authority = Authority::new();
    authority.sign("first");
    authority.sign("second");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let put = |name: &str| {
        std::fs::copy(authority.path(&format!("{name}.pem")), file("server.pem")).unwrap();
        std::fs::copy(authority.path(&format!("{name}.key")), file("server.key")).unwrap();
    };
    put("first");
    let (running, public, _, _lines) = serve(
        &folder,
        &[
            ("ELSEWHERE_SERVER__TLS__CERTIFICATE", file("server.pem").to_str().unwrap()),
            ("ELSEWHERE_SERVER__TLS__KEY", file("server.key").to_str().unwrap()),
        ],
    );
    let (ca, url) =
        (authority.text("ca.pem"), format!("https://localhost:{}/health/alive", public.port()));
    let name = || {
        let output = curl(&["--cacert", &ca, &url]).unwrap();
        let subject = output.lines().find_map(|line| line.split_once("subject: CN=")).unwrap();
        subject.1.trim().to_owned()
    };
    let becomes =
        |wanted: &str| wait_until(&format!("the certificate {wanted}"), || name() == wanted);
    assert_eq!(name(), "first");
    // A connection opened before the certificate changes.
    let kept = Command::new("openssl")
        .args(["s_client", "-quiet", "-CAfile", &ca, "-connect"])
        .arg(format!("localhost:{}", public.port()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut kept = RunningProcess(kept.unwrap());
    let mut answers = Lines::of(kept.0.stdout.take().unwrap());
    let mut ask = || {
        let request = b"GET /health/alive HTTP/1.1\r\nHost: localhost\r\n\r\n";
        kept.0.stdin.as_mut().unwrap().write_all(request).unwrap();
        answers.find(|line| line.contains("HTTP/1.1 ")).unwrap()
    };
    assert!(ask().ends_with("HTTP/1.1 200 OK"));

    // A certificate whose key is still missing is not used.
    std::fs::copy(authority.path("second.pem"), file("server.pem")).unwrap();
    running.signal("HUP");
    assert_eq!(name(), "first");
    put("second");
    running.signal("HUP");
    becomes("second");
    assert!(ask().ends_with("HTTP/1.1 200 OK"));
    // The change is also noticed without a signal.
    put("first");
    becomes("first");
    assert!(ask().ends_with("HTTP/1.1 200 OK"));
}

#[test]
fn unusable_certificates_fail_the_start_with_the_setting_named() {
    let authority = Authority::new();
    authority.sign("one");
    authority.sign("other");
    let folder = tempfile::tempdir().unwrap();
    let start = |certificate: &Path, key: &Path| {
        let mut command = elsewhere(&folder, &["serve"]);
        let output = command
            .env("ELSEWHERE_SERVER__LISTEN", "127.0.0.1:0")
            .env("ELSEWHERE_ADMIN__LISTEN", "127.0.0.1:0")
            .env("ELSEWHERE_SERVER__TLS__CERTIFICATE", certificate)
            .env("ELSEWHERE_SERVER__TLS__KEY", key)
            .output_in_time();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let [one, other] = ["one.pem", "other.pem"].map(|name| authority.path(name));
    for (certificate, key, begins) in [
        (&one, &authority.path("other.key"), "server.tls: "),
        (&one, &other, "server.tls.key: "),
        (&authority.path("one.key"), &authority.path("one.key"), "server.tls.certificate: "),
        (&authority.path("none"), &authority.path("one.key"), "server.tls.certificate: "),
        (&one, &PathBuf::new(), "server.tls: "),
    ] {
        let (code, error) = start(certificate, key);
        let last = error.lines().last().unwrap_or_default();
        assert!(code == Some(2) && last.contains(begins), "{code:?} {error}");
    }
}

#[test]
fn both_listeners_accept_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let [public, admin] = ["public.sock", "admin.sock"].map(|name| folder.path().join(name));
    let mut command = elsewhere(&folder, &["serve"]);
    let child = command
        .env("ELSEWHERE_SERVER__LISTEN", format!("unix:{}", public.display()))
        .env("ELSEWHERE_ADMIN__LISTEN", format!("unix:{}", admin.display()))
        .stderr(Stdio::null())
        .spawn();
    let _running = RunningProcess(child.unwrap());
    for (socket, path, status) in
        [(&public, "/sessions", "HTTP/1.1 401"), (&admin, "/admin/sessions", "HTTP/1.1 200")]
    {
        let (socket, url) = (socket.to_str().unwrap(), format!("http://localhost{path}"));
        let answer = wait_for("an answer", || curl(&["--unix-socket", socket, &url]));
        assert!(answer.starts_with(status), "{answer}");
    }
    let mut healthcheck = elsewhere(&folder, &["healthcheck"]);
    let healthcheck =
        healthcheck.env("ELSEWHERE_SERVER__LISTEN", format!("unix:{}", public.display()));
    assert!(healthcheck.output_in_time().status.success());
}

#[test]
fn sockets_passed_on_by_systemd_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let admin = folder.path().join("admin.sock");
    // This port was free at the time of the call.
    let public = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let child = Command::new("systemd-socket-activate")
        .args(["-l", &public.to_string(), "-l", admin.to_str().unwrap()])
        .args(["-E", "ELSEWHERE_LOG__FORMAT=json"])
        .arg(env!("CARGO_BIN_EXE_elsewhere"))
        .arg("serve")
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn();
    let mut running = RunningProcess(child.unwrap());
    let mut lines = Lines::of(running.0.stderr.take().unwrap());
    assert!(lines.any(|line| line.contains("Listening on")));
    // The first connection starts the service.
    let url = format!("http://{public}/health/ready");
    let answer = wait_for("an answer", || curl(&[&url]));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let listening = lines
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .find(|line| line["message"] == "listening")
        .unwrap();
    assert_eq!(listening["public"], public.to_string());
    assert_eq!(listening["admin"], format!("unix:{}", admin.display()));
    let socket = admin.to_str().unwrap();
    let answer = curl(&["--unix-socket", socket, "http://localhost/version"]).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
