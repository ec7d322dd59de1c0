//! The search for people by e-mail address, beside a Kratos of each version and in own tables.

use std::process::Output;

use serde_json::Value;

use crate::support::databases::{Database, Kind, on_every_database};
use crate::support::kratos;
use crate::support::kratos::older_versions::older_versions;
use crate::support::output::OutputInTime as _;
use crate::support::people::{TestService, json, person};
use crate::support::process::elsewhere;

on_every_database! {
    a_person_is_found_by_every_kind_of_address_that_kratos_stores,
    a_person_is_found_in_own_tables_in_any_case,
    nobody_is_not_the_same_as_no_session,
    a_missing_table_of_login_identifiers_is_named,
}

/// The network of [`older_versions`], and another one.
const NETWORK: &str = "11111111-1111-4111-8111-111111111111";
const OTHER_NETWORK: &str = "11111111-1111-4111-8111-111111111112";

fn run(database: &Database, schema: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    elsewhere(&folder, arguments)
        .env("ELSEWHERE_DATABASE__URL", &database.url)
        .env("ELSEWHERE_DATABASE__SCHEMA", schema)
        .env("ELSEWHERE_DATABASE__NETWORK", if schema == "kratos" { NETWORK } else { "" })
        .output_in_time()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn id(nth: usize) -> String {
    format!("44444444-4444-4444-8444-4444444444{nth:02}")
}

/// The statements that add an identity with these traits, in this network.
fn identity(nth: usize, network: &str, traits: &str) -> String {
    let (id, at) = (id(nth), "'2026-11-01 00:00:00', '2026-11-01 00:00:00'");
    format!(
        "INSERT INTO identities (id, nid, schema_id, traits, created_at, updated_at)
         VALUES ('{id}', '{network}', 'person', '{traits}', {at});"
    )
}

fn login_identifier(nth: usize, network: &str, value: &str) -> String {
    let (id, at) = (id(nth), "'2026-11-01 00:00:00', '2026-11-01 00:00:00'");
    format!(
        "INSERT INTO identity_credentials (id, config, identity_credential_type_id, identity_id,
                                           created_at, updated_at, nid)
         SELECT '{id}', '{{}}', t.id, '{id}', {at}, '{network}'
         FROM identity_credential_types t WHERE t.name = 'password';
         INSERT INTO identity_credential_identifiers
             (id, identifier, identity_credential_id, created_at, updated_at, nid,
              identity_credential_type_id)
         SELECT '{id}', '{value}', '{id}', {at}, '{network}', t.id
         FROM identity_credential_types t WHERE t.name = 'password';"
    )
}

fn verifiable(nth: usize, via: &str, value: &str) -> String {
    let (id, at) = (id(nth), "'2026-11-01 00:00:00', '2026-11-01 00:00:00'");
    format!(
        "INSERT INTO identity_verifiable_addresses
             (id, status, via, verified, value, identity_id, created_at, updated_at, nid)
         VALUES ('{id}', 'pending', '{via}', FALSE, '{value}', '{id}', {at}, '{NETWORK}');"
    )
}

fn recovery(nth: usize, value: &str) -> String {
    let (id, at) = (id(nth), "'2026-11-01 00:00:00', '2026-11-01 00:00:00'");
    format!(
        "INSERT INTO identity_recovery_addresses
             (id, via, value, identity_id, created_at, updated_at, nid)
         VALUES ('{id}', 'email', '{value}', '{id}', {at}, '{NETWORK}');"
    )
}

/// Adds people, each with an address of another kind.
fn fill(database: &Database) {
    let at = "'2026-11-01 00:00:00', '2026-11-01 00:00:00'";
    database.run(&format!(
        "INSERT INTO networks (id, created_at, updated_at) VALUES ('{OTHER_NETWORK}', {at})"
    ));
    // Kratos's migrations have added it already, if the dump has rows.
    if database.texts("SELECT name FROM identity_credential_types").is_empty() {
        database.run(&format!(
            "INSERT INTO identity_credential_types (id, name) VALUES ('{}', 'password')",
            id(99)
        ));
    }
    let here = |nth, traits| identity(nth, NETWORK, traits);
    for sql in [
        here(1, "{}") + &login_identifier(1, NETWORK, "bob@example.org"),
        here(2, "{}") + &recovery(2, "cyd@example.org"),
        here(3, "{}") + &verifiable(3, "email", "dee@example.org"),
        here(4, r#"{"email": "Eve@Example.ORG"}"#),
        here(5, "{}") + &login_identifier(5, NETWORK, "f\u{e4}y@example.org"),
        here(6, r#"{"email": "g_100%!@example.org"}"#),
        here(7, "{}") + &verifiable(7, "email", "both@example.org"),
        here(8, "{}") + &recovery(8, "both@example.org"),
        here(9, "{}") + &verifiable(9, "sms", "phone@example.org"),
        identity(10, OTHER_NETWORK, "{}") + &login_identifier(10, OTHER_NETWORK, "far@example.org"),
        here(11, r#"{"email": ["list@example.org"], "name": "ana@example.org"}"#),
        here(12, "{}") + &login_identifier(12, NETWORK, "robin"),
        here(13, r#"{"email": "\u00c4nne@example.org"}"#.replace("\\u00c4", "\u{c4}").as_str()),
    ] {
        database.run(&sql);
    }
}

/// The last two digits of the identities that a revocation finds.
fn found(database: &Database, address: &str) -> Result<Vec<String>, String> {
    let output = run(database, "kratos", &["sessions", "list", "--email", address]);
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        return Err(text(&output.stderr));
    }
    let has_no_sessions = |line: &str| {
        let rest = line.strip_prefix("identity ")?;
        Some(rest.strip_suffix(" has no live sessions")?.to_owned())
    };
    Ok(text(&output.stdout).lines().map(|line| has_no_sessions(line).unwrap()).collect())
}

fn a_person_is_found_by_every_kind_of_address_that_kratos_stores(kind: Kind) {
    for version in older_versions(kind) {
        let database = version.database(kind, 1);
        database.run("UPDATE sessions SET active = FALSE");
        fill(&database);
        for (address, expected) in [
            // A login identifier alone, as by the schema of compose.yaml.
            ("bob@example.org", vec![1]),
            ("Bob@Example.ORG", vec![1]),
            ("cyd@example.org", vec![2]),
            ("CYD@EXAMPLE.ORG", vec![2]),
            ("dee@example.org", vec![3]),
            ("Dee@example.org", vec![3]),
            // A trait alone.
            ("eve@example.org", vec![4]),
            ("EVE@example.org", vec![4]),
            // Letters beyond ASCII.
            ("f\u{e4}y@example.org", vec![5]),
            ("F\u{c4}Y@example.org", vec![5]),
            ("\u{e4}nne@example.org", vec![13]),
            ("\u{c4}NNE@example.org", vec![13]),
            // Letters that patterns of SQL have a meaning for.
            ("G_100%!@example.org", vec![6]),
            ("both@example.org", vec![7, 8]),
            (" both@example.org ", vec![7, 8]),
            ("ROBIN", vec![12]),
            ("gx100%!@example.org", vec![]),
            ("%@example.org", vec![]),
            ("_ob@example.org", vec![]),
            ("bob@example.or", vec![]),
            ("phone@example.org", vec![]),
            ("far@example.org", vec![]),
            ("list@example.org", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(id).collect();
            match found(&database, address) {
                Ok(ids) => assert_eq!(ids, expected, "{address} in Kratos {}", version.name),
                Err(error) => {
                    let address = address.trim();
                    let nobody = format!("elsewhere: nobody has the e-mail address {address}\n");
                    assert_eq!(error, nobody, "in Kratos {}", version.name);
                    assert_eq!(expected, Vec::<String>::new(), "{address}: {error}");
                }
            }
        }
    }
}

fn a_person_is_found_in_own_tables_in_any_case(kind: Kind) {
    let test = TestService::start_on(kind, &[]);
    let mut ana = person();
    ana.traits = json("{\"email\":\"Ana.\u{d6}_%@Example.org\"}");
    test.issue(&ana, &[]);
    let find = |address: &str| {
        let output =
            run(&test.database, "own", &["sessions", "list", "--json", "--email", address]);
        output.status.code().unwrap()
    };
    for same in
        ["Ana.\u{d6}_%@Example.org", "ana.\u{f6}_%@example.org", " ANA.\u{d6}_%@EXAMPLE.ORG"]
    {
        assert_eq!(find(same), 0, "{same}");
    }
    for other in ["ana.o_%@example.org", "ana.\u{f6}xx@example.org", "%", "ana.%", "@example.org"] {
        assert_eq!(find(other), 1, "{other}");
    }
    for invalid in ["", "  "] {
        assert_eq!(find(invalid), 2, "{invalid:?}");
    }
}

fn nobody_is_not_the_same_as_no_session(kind: Kind) {
    let version = older_versions(kind)[2];
    let database = version.database(kind, 2);
    fill(&database);
    let run = |arguments: &[&str]| {
        let output = run(&database, "kratos", arguments);
        let stderr = text(&output.stderr);
        // Audit records are on standard error, too.
        let errors = stderr.lines().filter(|line| line.starts_with("elsewhere: "));
        let errors = errors.map(str::to_owned).collect::<Vec<_>>().join("\n");
        (output.status.code().unwrap(), text(&output.stdout), errors)
    };
    let nobody = "elsewhere: nobody has the e-mail address zoe@example.org".to_owned();
    let unknown = id(77);
    let no_identity = format!("elsewhere: there is no identity {unknown}");
    let without = |kind: &str| format!("identity {} has no {kind}sessions\n", id(1));
    for (arguments, expected) in [
        (vec!["list", "--email", "zoe@example.org"], (1, String::new(), nobody.clone())),
        (vec!["list", "--email", "zoe@example.org", "--json"], (1, String::new(), nobody.clone())),
        (vec!["revoke", "--email", "zoe@example.org"], (1, String::new(), nobody.clone())),
        (vec!["revoke", "--email", "zoe@example.org", "--json"], (1, String::new(), nobody)),
        (vec!["list", "--identity", &unknown], (1, String::new(), no_identity.clone())),
        (vec!["revoke", "--identity", &unknown], (1, String::new(), no_identity)),
        (vec!["list", "--email", "bob@example.org"], (0, without("live "), String::new())),
        (vec!["list", "--all", "--email", "bob@example.org"], (0, without(""), String::new())),
        (vec!["list", "--identity", &id(1)], (0, without("live "), String::new())),
        (vec!["list", "--json", "--identity", &id(1)], (0, "[]\n".to_owned(), String::new())),
        (
            vec!["revoke", "--email", "bob@example.org"],
            (0, "0 sessions revoked\n".to_owned(), String::new()),
        ),
        (
            vec!["revoke", "--yes", "--email", "ANA@example.org"],
            (0, "2 sessions revoked\n".to_owned(), String::new()),
        ),
    ] {
        let arguments = [vec!["sessions"], arguments].concat();
        assert_eq!(run(&arguments), expected, "{arguments:?}");
    }
}

/// The recorded databases lack it.
fn a_missing_table_of_login_identifiers_is_named(kind: Kind) {
    const TABLE: &str = "missing table identity_credential_identifiers";
    let database = kratos::restore(kind);
    let list = |address| {
        let folder = tempfile::tempdir().unwrap();
        elsewhere(&folder, &["sessions", "list", "--json", "--email", address])
            .env("ELSEWHERE_DATABASE__URL", &database.url)
            .env("ELSEWHERE_DATABASE__SCHEMA", "kratos")
            .output_in_time()
    };
    let ana = list("ana@example.org");
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&ana.stdout).unwrap().len(), 10);
    let said = format!("elsewhere: login identifiers were not searched: {TABLE}\n");
    assert_eq!(text(&ana.stderr), said);
    let zoe = list("zoe@example.org");
    assert_eq!((zoe.status.code(), text(&zoe.stdout).as_str()), (Some(2), ""));
    let said = text(&zoe.stderr);
    assert!(said.contains("nobody has the e-mail address zoe@example.org, but"), "{said}");
    assert!(said.ends_with(&format!("{TABLE}\n")) && said.lines().count() == 1, "{said}");
}
