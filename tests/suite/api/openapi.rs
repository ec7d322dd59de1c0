//! The description (OpenAPI) holds for what a real Kratos answered, and for what this
//! service answers; and nothing is left out of it.

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
use crate::support::people::Own;

/// What recordings have that no route of this service is.
const NO_ROUTES: [&str; 2] = ["/nothing", "/sessions/"];

fn described(side: &str) -> Value {
    let own = Own::start(&[]);
    let to = if side == "admin" { own.service.admin } else { own.service.public };
    send(to, "GET", "/openapi.json", &[]).json()
}

/// The path of the description that a request is to.
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

/// What is wrong with an answer, by the description.
fn problems(description: &Value, exchange: &Exchange, status: u16, body: &Value) -> Vec<String> {
    let (method, target) = (exchange.request.method.to_lowercase(), exchange.request.path.as_str());
    let told = |problem: String| vec![format!("{}: {problem}", exchange.name)];
    let Some(path) = path(description, target) else { return told("no such path".to_owned()) };
    let responses = &description["paths"][&path][&method]["responses"];
    let Some(response) = responses.get(status.to_string()) else {
        return told(format!("{method} {path} does not have {status}"));
    };
    let Some(schema) = response.pointer("/content/application~1json/schema") else {
        return if body.is_null() || *body == json!("") {
            Vec::new()
        } else {
            told("a body".to_owned())
        };
    };
    let schema = json!({"allOf": [schema], "components": description["components"]});
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema);
    let validator = validator.unwrap();
    let errors = validator.iter_errors(body);
    errors.map(|error| format!("{}: {}: {error}", exchange.name, error.instance_path())).collect()
}

/// The same with all that Kratos does not have, where sessions are read.
fn expanded(exchange: &Exchange) -> Option<Exchange> {
    let mut expanded = exchange.clone();
    let path = &mut expanded.request.path;
    path.push(if path.contains('?') { '&' } else { '?' });
    path.push_str("expand=device_labels&expand=activity");
    let reads = exchange.request.method == "GET" && exchange.response.status == 200;
    (reads && path.contains("/sessions")).then_some(expanded)
}

#[test]
fn every_recorded_exchange_and_every_answer_conforms() {
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
            // HEAD is GET without its body; OPTIONS, POST and PUT of /sessions are none of its.
            let is_described = matches!(method, "GET" | "DELETE" | "PATCH" | "POST")
                && exchange.response.status != 405;
            if !is_described || NO_ROUTES.contains(&exchange.request.path.as_str()) {
                continue;
            }
            let description = &descriptions[exchange.side.as_str()];
            // Kratos takes wrong values for none, and says 404 of wrong ids.
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
fn its_examples_are_what_was_recorded() {
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
        let stands = both
            .iter()
            .filter_map(|description| description.pointer(&place))
            .any(|content| content["example"] == recorded);
        assert!(stands, "{place}");
    }
}

/// The paths that a router has, as it shows them itself.
fn paths(router: &axum::Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    shown.split('"').filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

/// Each route that the running service has, and each of its methods, and no others.
#[test]
fn every_route_is_described_with_its_methods() {
    let own = Own::start(&[]);
    let (public, admin) = (http::public(&own.service.app), http::admin(&own.service.app));
    for (side, router, to) in
        [("public", public, own.service.public), ("admin", admin, own.service.admin)]
    {
        let description = described(side);
        let described = description["paths"].as_object().unwrap();
        let routes = paths(&router);
        assert!(routes.contains("/health/ready"), "{routes:?}");
        // The page is for people; two are axum's own, for what is none.
        let is_api = |route: &&String| {
            !route.starts_with("/ui/")
                && !["/openapi.json", "/", "/{*__private__axum_fallback}"].contains(&route.as_str())
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
            assert_eq!(allowed, operations, "{route}");
        }
    }
}

/// By openapi-spec-validator of PyPI, for each side, as the command prints it.
#[test]
fn it_is_openapi_3_1() {
    let python = PathBuf::from(std::env::var_os("CLIENTS").unwrap()).join("python/venv/bin/python");
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["openapi"].as_slice(), &["openapi", "--admin"]] {
        let printed = crate::support::process::elsewhere(&folder, arguments).output().unwrap();
        assert!(printed.status.success());
        let file = folder.path().join("openapi.json");
        std::fs::write(&file, &printed.stdout).unwrap();
        let description: Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
        let output =
            Command::new(&python).args(["-m", "openapi_spec_validator"]).arg(&file).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
