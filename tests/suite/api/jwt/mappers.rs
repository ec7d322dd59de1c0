//! Mappers: Jsonnet that adds claims, within limits of time, memory and stack.

use std::path::Path;
use std::process::Command;

use elsewhere::tokenizer::Tokenizer;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::api::jwt::JWKS_URL;
use crate::api::jwt::fixture::{inline, key_set, tokenize};
use crate::support::http_client::Answer;
use crate::support::jwt::Jwt;
use crate::support::output::OutputInTime as _;
use crate::support::people::TestService;
use crate::support::process::serve;
use crate::support::service::{config, variable};
use crate::support::sign_in::SignIn;

const MAPPER: &str = "session.tokenizer.templates.gateway.claims_mapper_url";

fn start(mapper: &str) -> TestService {
    TestService::start(&[(JWKS_URL, &*key_set("es256")), (MAPPER, &inline(mapper))])
}

#[test]
fn mapper_adds_claims_of_the_session() {
    let test = start(
        "local session = std.extVar('session');
        {claims: {
            email: session.identity.traits.email,
            roles: ['user'],
            age: std.extVar('claims').exp - std.extVar('claims').iat,
        }}",
    );
    let sign_in = SignIn::new(Uuid::new_v4()).identity(json!({"traits": {"email": "a@b.example"}}));
    let token = sign_in.at(test.service.admin).token;
    let answer = tokenize(test.service.public, "gateway", &token);
    let claims = Jwt::decode(&answer.json()["tokenized"]).claims;
    assert_eq!(claims["email"], "a@b.example");
    assert_eq!(claims["roles"], json!(["user"]));
    assert_eq!(claims["age"], 60);
}

/// The metadata that only operators may see does not reach a mapper.
#[test]
fn mapper_does_not_see_metadata_of_operators() {
    let test = start("{claims: {identity: std.extVar('session').identity}}");
    let identity =
        json!({"metadata_public": {"plan": "pro"}, "metadata_admin": {"note": "secret"}});
    let token = SignIn::new(Uuid::new_v4()).identity(identity).at(test.service.admin).token;
    let answer = tokenize(test.service.public, "gateway", &token);
    let claims = Jwt::decode(&answer.json()["tokenized"]).claims;
    assert_eq!(claims["identity"]["metadata_public"], json!({"plan": "pro"}));
    assert!(!answer.json().to_string().contains("metadata_admin"));
    assert_eq!(claims["identity"].get("metadata_admin"), None);
}

/// A mapper that exceeds a limit costs its own request only.
#[test]
fn mapper_beyond_its_limits_is_refused() {
    let traits = "local wanted = std.extVar('session').identity.traits.wanted;";
    let test = start(&format!(
        "{traits}
        local endless(n) = if n < 0 then n else endless(n + 1) tailstrict;
        local deep(n) = if n == 0 then 0 else 1 + deep(n - 1);
        {{claims: {{value:
            if wanted == 'endless' then endless(0)
            else if wanted == 'deep' then deep(1000000)
            else if wanted == 'memory' then std.length(std.repeat('0123456789', 1000000000))
            else if wanted == 'large' then std.repeat('0123456789', 10000)
            else if wanted == 'environment' then std.native('env')('PATH')
            else if wanted == 'trace' then std.trace('written', 1)
            else if wanted == 'import' then importstr '/etc/hostname'
            else wanted}}}}"
    ));
    let token = |wanted: &str| {
        let identity = json!({"traits": {"wanted": wanted}});
        SignIn::new(Uuid::new_v4()).identity(identity).at(test.service.admin).token
    };
    let good = token("good");
    for wanted in ["endless", "deep", "memory", "large", "environment", "import"] {
        let answer = tokenize(test.service.public, "gateway", &token(wanted));
        assert_eq!(answer.status, 400, "{wanted}");
        assert_eq!(answer.reason(), "Unable to execute tokenizer JsonNet.");
        let answer = tokenize(test.service.public, "gateway", &good);
        assert_eq!(Jwt::decode(&answer.json()["tokenized"]).claims["value"], "good");
    }
    assert_eq!(tokenize(test.service.public, "gateway", &token("trace")).status, 200);
}

/// A mapper replaces every claim but the subject. It cannot let the JWT outlive its session.
#[test]
fn mapper_cannot_change_the_subject_or_outlive_the_session() {
    for (exp, expected) in [
        ("claims.exp + 10", Some(70)),
        ("claims.exp - 30", Some(30)),
        ("99999999999", Some(100)),
        ("1e300", Some(100)),
        ("claims.exp + 0.5", Some(100)),
        ("-1", None),
        ("'never'", None),
        ("null", None),
        ("[claims.exp]", None),
    ] {
        let test = start(&format!(
            "local claims = std.extVar('claims'); {{claims: {{sub: 'eve', exp: {exp}}}}}"
        ));
        let identity = Uuid::new_v4();
        let sign_in = SignIn::new(identity).expires_in("100s".to_owned());
        let answer =
            tokenize(test.service.public, "gateway", &sign_in.at(test.service.admin).token);
        let claims =
            |answer: &Answer| Jwt::decode(&answer.json()["tokenized"]).without_time().claims;
        match expected {
            Some(lifetime) => {
                let claims = claims(&answer);
                assert_eq!(claims["exp"], lifetime, "{exp}");
                assert_eq!(claims["sub"], identity.to_string());
            }
            None if exp == "-1" => assert!(claims(&answer)["exp"].as_i64().unwrap() < 0),
            None => assert_eq!(answer.status, 400, "{exp}"),
        }
    }
}

/// A slow template leaves a process to the others, and an identity that exceeds a limit is refused
/// at once when it asks again.
#[test]
fn slow_mapper_does_not_hold_up_other_templates() {
    let other = "session.tokenizer.templates.other";
    let test = TestService::start(&[
        (JWKS_URL, &*key_set("es256")),
        (MAPPER, &inline("local f(n) = f(n + 1) tailstrict; {claims: {value: f(0)}}")),
        (&format!("{other}.jwks_url"), &key_set("es256")),
        (&format!("{other}.claims_mapper_url"), &inline("{claims: {value: 'quick'}}")),
    ]);
    let people: Vec<_> =
        (0..12).map(|_| SignIn::new(Uuid::new_v4()).at(test.service.admin).token).collect();
    std::thread::scope(|scope| {
        for token in &people {
            scope.spawn(|| {
                let answer = tokenize(test.service.public, "gateway", token);
                assert!([400, 503].contains(&answer.status), "{answer:?}");
            });
        }
        for _ in 0..10 {
            assert_eq!(tokenize(test.service.public, "other", &people[0]).status, 200);
        }
    });
}

#[test]
fn invalid_mappers_are_refused_at_the_start() {
    let nested = "[".repeat(200_000);
    for mapper in ["", "{claims: {v:", "local a = 1;", "{claims: {}} +", "\u{0}", &nested] {
        let settings = [(JWKS_URL, &*key_set("es256")), (MAPPER, &inline(&format!("{mapper} ")))];
        let config = config(settings);
        let program = Path::new(env!("CARGO_BIN_EXE_elsewhere"));
        let tokenizer = Tokenizer::new(&config.session.tokenizer, &config.server.base_url, program);
        let error = tokenizer.err().unwrap().to_string();
        assert_eq!(error, format!("{MAPPER}: expected a Jsonnet program"));
    }
}

/// Terminals and systemd send a signal to all processes of the service.
#[test]
fn signals_for_the_service_do_not_end_a_mapper_early() {
    let test = start("{claims: {value: 1}}");
    let token = SignIn::new(Uuid::new_v4()).at(test.service.admin).token;
    assert_eq!(tokenize(test.service.public, "gateway", &token).status, 200);
    let id = std::process::id().to_string();
    let children = || {
        let listed = Command::new("pgrep").args(["-P", &id, "-f", "map-claims"]).output_in_time();
        let ids = String::from_utf8(listed.stdout).unwrap();
        ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let before = children();
    assert!(!before.is_empty());
    for signal in ["TERM", "INT", "HUP"] {
        for child in &before {
            // Another test's process may have ended.
            let _ = Command::new("kill").args(["-s", signal, child]).output_in_time();
        }
    }
    assert_eq!(tokenize(test.service.public, "gateway", &token).status, 200);
}

#[test]
fn many_requests_share_few_processes() {
    let test = start("{claims: {id: std.extVar('session').id}}");
    let signed_in = SignIn::new(Uuid::new_v4()).at(test.service.admin);
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                let answer = tokenize(test.service.public, "gateway", &signed_in.token);
                let claims = Jwt::decode(&answer.json()["tokenized"]).claims;
                assert_eq!(claims["id"], *signed_in.session);
            });
        }
    });
}

/// Three failures make one warning, which names the template and says nothing about the person.
#[test]
fn failing_mapper_is_logged_once() {
    let folder = TempDir::new().unwrap();
    let variables = [
        (variable("database.url"), "sqlite://sessions.sqlite".to_owned()),
        (variable(JWKS_URL), key_set("es256")),
        (variable(MAPPER), inline("error std.extVar('session').identity.traits.email")),
    ];
    let variables: Vec<_> = variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let (running, public, admin, mut lines) = serve(&folder, &variables);
    let sign_in = SignIn::new(Uuid::new_v4()).identity(json!({"traits": {"email": "a@b.example"}}));
    let token = sign_in.at(admin).token;
    for _ in 0..3 {
        assert_eq!(tokenize(public, "gateway", &token).status, 400);
    }
    running.signal("TERM");
    let lines: Vec<_> = lines.by_ref().collect();
    let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["message"], "claims mapper failed");
    assert_eq!(warnings[0]["template"], "session.tokenizer.templates.gateway");
    assert!(lines.iter().all(|line| !line.to_string().contains("a@b.example")));
}
