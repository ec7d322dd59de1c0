//! The OpenAPI description: it is correct for the recorded responses of Kratos and for the
//! responses of this service, and it is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use elsewhere::http;
use serde_json::{Value, json};

use crate::api::kratos_replay::replay;
use crate::support::databases::Kind;
use crate::support::http_client::send;
use crate::support::kratos;
use crate::support::kratos::Exchange;
use crate::support::output::OutputInTime as _;
use crate::support::people::TestService;

/// Paths in the recordings that are not routes of this service.
const UNROUTED_PATHS: [&str; 2] = ["/nothing", "/sessions/"];

fn described(side: &str) -> Value {
    let test = TestService::start(&[]);
    let to = if side == "admin" { test.service.admin } else { test.service.public };
    send(to, "GET", "/openapi.json", &[]).json()
}

/// The path in the description that matches the target of a request.
fn path(description: &Value, target: &str) -> Option<String> {
    let target: Vec<_> = target.split('?').next().unwrap().split('/').collect();
    let fits = |template: &str| {
        let template: Vec<_> = template.split('/').collect();
        template.len() == target.len()
            && template.iter().zip(&target).all(|(one, other)| one == other || *one == "{id}")
    };
    let paths = description["paths"].as_object().unwrap();
    let exactly = target.join("/");
    paths
        .keys()
        .find(|path| **path == exactly)
        .or_else(|| paths.keys().find(|path| fits(path)))
        .cloned()
}

/// The violations of the description in a response.
fn problems(description: &Value, exchange: &Exchange, status: u16, body: &Value) -> Vec<String> {
    let (method, target) = (exchange.request.method.to_lowercase(), exchange.request.path.as_str());
    let report = |problem: String| vec![format!("{}: {problem}", exchange.name)];
    let Some(path) = path(description, target) else { return report("no such path".to_owned()) };
    let responses = &description["paths"][&path][&method]["responses"];
    let Some(response) = responses.get(status.to_string()) else {
        return report(format!("{method} {path} does not have {status}"));
    };
    let Some(schema) = response.pointer("/content/application~1json/schema") else {
        return if body.is_null() || *body == json!("") {
            Vec::new()
        } else {
            report("a body".to_owned())
        };
    };
    let schema = json!({"allOf": [schema], "components": description["components"]});
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
    let validator = validator.unwrap();
    let errors = validator.iter_errors(body);
    errors.map(|error| format!("{}: {}: {error}", exchange.name, error.instance_path())).collect()
}

/// The same exchange with the expansions that Kratos lacks, if it reads sessions.
fn expanded(exchange: &Exchange) -> Option<Exchange> {
    let mut expanded = exchange.clone();
    let path = &mut expanded.request.path;
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str("expand=device_labels&expand=activity");
    let reads = exchange.request.method == "GET" && exchange.response.status == 200;
    (reads && path.contains("/sessions")).then_some(expanded)
}

#[test]
fn recorded_and_actual_responses_conform_to_the_description() {
    let descriptions =
        BTreeMap::from([("public", described("public")), ("admin", described("admin"))]);
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MySql] {
        let database = kratos::restore(kind);
        let services =
            ["aal1", "highest_available"].map(|level| (level, kratos::service(&database, level)));
        let mut wrong = Vec::new();
        let mut checked = 0;
        for exchange in kratos::exchanges(kind) {
            let method = exchange.request.method.as_str();
            let (_, service) =
                services.iter().find(|(level, _)| *level == exchange.config).unwrap();
            let answer = replay(service, &exchange);
            // HEAD is GET without its body; OPTIONS, POST and PUT of /sessions are not described.
            let is_described = matches!(method, "GET" | "DELETE" | "PATCH" | "POST")
                && exchange.response.status != 405;
            if !is_described || UNROUTED_PATHS.contains(&exchange.request.path.as_str()) {
                continue;
            }
            let description = &descriptions[exchange.side.as_str()];
            // Kratos ignores invalid values and answers invalid ids with 404.
            let recorded = &exchange.response;
            wrong.extend(problems(description, &exchange, recorded.status, &recorded.body));
            wrong.extend(problems(description, &exchange, answer.status, &answer.json()));
            checked += 1;
            if let Some(expanded) = expanded(&exchange) {
                let answer = replay(service, &expanded);
                let problems = problems(description, &expanded, answer.status, &answer.json());
                wrong.extend(problems);
            }
        }
        assert!(checked >= 119, "{checked}");
        assert!(wrong.is_empty(), "{kind:?}: {}", wrong.join("\n"));
    }
}

#[test]
fn examples_are_the_recorded_responses() {
    let examples: BTreeMap<String, Value> =
        serde_json::from_str(include_str!("../../../src/http/openapi/examples.json")).unwrap();
    let exchanges = kratos::exchanges(Kind::Sqlite);
    let both = [described("public"), described("admin")];
    for (place, example) in examples {
        let mut recorded = exchanges
            .iter()
            .find(|one| one.name == example["recorded"])
            .unwrap()
            .response
            .body
            .clone();
        if let Some(list) = recorded.as_array_mut() {
            list.truncate(1);
        }
        assert_eq!(example["body"], recorded, "{place}");
        let is_shown = both
            .iter()
            .filter_map(|description| description.pointer(&place))
            .any(|content| content["example"] == recorded);
        assert!(is_shown, "{place}");
    }
}

/// The paths of a router, taken from its debug output.
fn paths(router: &axum::Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    shown.split('"').filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

/// The description has exactly the routes and methods of the running service.
#[test]
fn every_route_is_described_with_its_methods() {
    let test = TestService::start(&[]);
    let (public, admin) =
        (http::public(&test.service.state, axum::Router::new()), http::admin(&test.service.state));
    for (side, router, to) in
        [("public", public, test.service.public), ("admin", admin, test.service.admin)]
    {
        let description = described(side);
        let described = description["paths"].as_object().unwrap();
        let routes = paths(&router);
        assert!(routes.contains("/health/ready"), "{routes:?}");
        // The page is for people. The last two are axum's own fallback routes.
        let is_api = |route: &&String| {
            !route.starts_with("/ui/")
                && ![
                    "/openapi.json",
                    // Kratos's, and answered with a hint.
                    "/sessions/token-exchange",
                    "/",
                    "/{*__private__axum_fallback}",
                ]
                .contains(&route.as_str())
        };
        assert_eq!(
            routes.iter().filter(is_api).collect::<Vec<_>>(),
            described.keys().collect::<Vec<_>>()
        );
        for (route, operations) in described {
            let target = route.replace("{id}", &uuid::Uuid::nil().to_string());
            let allowed = send(to, "BREW", &target, &[]).header("allow");
            let allowed: BTreeSet<_> = allowed.split(',').map(str::to_lowercase).collect();
            let mut operations: BTreeSet<_> =
                operations.as_object().unwrap().keys().cloned().collect();
            // HEAD is GET without its body.
            operations.extend(operations.contains("get").then(|| "head".to_owned()));
            // Its other methods are answered like GET.
            if route == "/sessions/whoami" {
                let others = ["delete", "options", "patch", "post", "put"];
                operations.extend(others.map(str::to_owned));
            }
            assert_eq!(allowed, operations, "{route}");
        }
    }
}

/// Validates the printed description of each API with openapi-spec-validator from PyPI.
#[test]
fn description_is_valid_openapi_3_1() {
    let python = PathBuf::from(std::env::var_os("CLIENTS").unwrap()).join("python/venv/bin/python");
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["openapi"].as_slice(), &["openapi", "--admin"]] {
        let printed = crate::support::process::elsewhere(&folder, arguments).output_in_time();
        assert!(printed.status.success());
        let file = folder.path().join("openapi.json");
        std::fs::write(&file, &printed.stdout).unwrap();
        let description: Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
        let output = Command::new(&python)
            .args(["-m", "openapi_spec_validator"])
            .arg(&file)
            .output_in_time();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
