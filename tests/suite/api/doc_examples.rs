//! Runs the code snippets of the documents as written, with addresses replaced.

use std::path::PathBuf;
use std::process::Command;

use elsewhere::repository::NewSession;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::http_client::get;
use crate::support::output::OutputInTime as _;
use crate::support::people::{TestService, person, session};

const GETTING_STARTED: &str = include_str!("../../../docs/getting-started.md");
const BESIDE_KRATOS: &str = include_str!("../../../docs/beside-kratos.md");
const GRANTS: &str = include_str!("../../../docs/grants.md");
const OWN_LOGIN_SYSTEM: &str = include_str!("../../../docs/own-login-system.md");

const COOKIE_SECRETS: (&str, &str) = ("session.cookie_secrets", "a-secret-of-16-characters");

/// The code blocks under a heading.
fn snippets(document: &str, heading: &str) -> Vec<String> {
    let (_, section) = document.split_once(&format!("{heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks.map(|block| block.split_once('\n').unwrap().1.to_owned()).collect()
}

/// Issues two sessions of one identity: the caller's and another one.
fn issue_two_sessions(test: &TestService) -> (NewSession, NewSession) {
    let (here, other) = (session(10), session(20));
    test.issue(&person(), &[here.clone(), other.clone()]);
    (here, other)
}

fn is_live(test: &TestService, issued: &NewSession) -> bool {
    get(test.service.public, "/sessions/whoami", issued.token.expose()).status == 200
}

/// The standard output of a program, as JSON.
fn json_output(command: &mut Command) -> Value {
    let output = command.output_in_time();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn browser_app_snippet_works_from_another_origin() {
    let app = TestService::start(&[]);
    let origin = format!("http://{}", app.service.public);
    let test = TestService::start(&[COOKIE_SECRETS, ("cors.allowed_origins", &origin)]);
    let (here, other) = issue_two_sessions(&test);
    let browser = Browser::start("en", true);
    browser.go(&format!("{origin}/health/alive"));
    let cookie = test.cookie(&here);
    let (name, value) = cookie.split_once('=').unwrap();
    browser.add_cookie(name, value);

    let [code] = &snippets(GETTING_STARTED, "## A browser app")[..] else { panic!() };
    let api = format!("http://{}", test.service.public);
    let code = code.replace("https://accounts.example.org", &api).replace("size=20", "size=1");
    assert!(code.contains(&api));
    let sessions = browser.run(&format!("return (async () => {{ {code}; return sessions; }})()"));
    assert_eq!(sessions[0]["id"], other.session.id.to_string());
    assert_eq!(sessions[0]["devices"][0]["label"]["text"], "curl");
    assert!(is_live(&test, &here) && !is_live(&test, &other));
}

#[test]
fn mobile_app_snippet_works_with_orys_client() {
    let test = TestService::start(&[]);
    let (here, other) = issue_two_sessions(&test);
    let [code] = &snippets(GETTING_STARTED, "## A mobile or native app")[..] else { panic!() };
    let code = code.replace("127.0.0.1:4433", &test.service.public.to_string());
    let code =
        format!("const token = process.argv[1];\n{code}\nconsole.log(JSON.stringify(data));");
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let mut node = Command::new("node");
    node.current_dir(clients.join("javascript")).args(["--input-type=module", "-e", &code]);
    let sessions = json_output(node.arg(here.token.expose()));
    assert_eq!(sessions[0]["id"], other.session.id.to_string());
    assert!(is_live(&test, &here) && !is_live(&test, &other));
}

#[test]
fn server_side_app_snippet_works_with_the_forwarded_cookie() {
    let test = TestService::start(&[COOKIE_SECRETS]);
    let (here, other) = issue_two_sessions(&test);
    let [code] = &snippets(GETTING_STARTED, "## A server-side app")[..] else { panic!() };
    let code = code.replace("127.0.0.1:4433", &test.service.public.to_string());
    let code = format!("{code}\nimport sys\nprint(json.dumps(elsewhere(sys.argv[1])))");
    let sessions = json_output(Command::new("python3").args(["-c", &code, &test.cookie(&here)]));
    assert_eq!(sessions[0]["id"], other.session.id.to_string());
}

/// Verifies the units without running systemd: no error, no warning.
#[test]
fn systemd_units_pass_verification() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_elsewhere");
    let service = include_str!("../../../examples/systemd/elsewhere.service");
    let service = service.replace("/usr/local/bin/elsewhere", program);
    assert!(service.contains(program));
    let socket = include_str!("../../../examples/systemd/elsewhere.socket");
    let files = [("elsewhere.service", service.as_str()), ("elsewhere.socket", socket)];
    let paths = files.map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let units = format!("{}:", folder.path().display());
    let mut analyze = Command::new("systemd-analyze");
    let verified =
        analyze.arg("verify").args(paths).env("SYSTEMD_UNIT_PATH", units).output_in_time();
    assert!(verified.status.success() && verified.stderr.is_empty(), "{verified:?}");
}

#[test]
fn own_login_system_snippets_issue_and_revoke_sessions() {
    let test = TestService::start(&[]);
    let [issue] = &snippets(OWN_LOGIN_SYSTEM, "## Issue a session")[..] else { panic!() };
    let [ask] = &snippets(OWN_LOGIN_SYSTEM, "## Use a session")[..] else { panic!() };
    let adapted = |code: &str| {
        code.replace("127.0.0.1:4433", &test.service.public.to_string())
            .replace("127.0.0.1:4434", &test.service.admin.to_string())
    };
    let issued: Vec<_> =
        (0..3).map(|_| json_output(Command::new("bash").args(["-c", &adapted(issue)]))).collect();
    let token = |nth: usize| issued[nth]["session_token"].as_str().unwrap();
    let other = issued[1]["session"]["id"].as_str().unwrap();
    let asked = Command::new("bash")
        .args(["-euc", &adapted(ask)])
        .env("TOKEN", token(0))
        .env("OTHER", other)
        .output_in_time();
    assert!(asked.status.success(), "{asked:?}");
    let live = |nth| get(test.service.public, "/sessions/whoami", token(nth)).status;
    assert_eq!([live(0), live(1), live(2)], [200, 401, 401]);
    // The session that was revoked by its id is not counted again.
    let printed = String::from_utf8(asked.stdout).unwrap();
    assert!(printed.ends_with("{\"count\":1}"), "{printed}");
}

/// The tests of grants run the statements of `grants.md`.
#[test]
fn grants_beside_kratos_are_those_of_the_page_about_grants() {
    let shown = snippets(BESIDE_KRATOS, "### 2. Create a database user");
    let [postgres, mysql] = &shown[..] else { panic!("{shown:?}") };
    for (shown, database) in [(postgres, "## PostgreSQL"), (mysql, "## MySQL and MariaDB")] {
        let (_, section) = GRANTS.split_once(&format!("{database}\n")).unwrap();
        let public_side = snippets(section, "### Beside a Kratos, public side").concat();
        let second_factors = snippets(section, "### Beside a Kratos, second factors").concat();
        assert_eq!(*shown, public_side + &second_factors);
    }
}
