//! The routes of the examples that no test runs, by the rules of their specifications: Kubernetes
//! and Traefik.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::api::gateway::beside_kratos::{ELSEWHERE, KRATOS};
use crate::support::output::OutputInTime as _;

/// The documents of a YAML file below `examples/`.
fn documents(file: &str) -> Vec<Value> {
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let code = "import json, sys, yaml
print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file);
    let mut python = Command::new(clients.join("python/venv/bin/python"));
    let output = python.args(["-c", code]).arg(file).output_in_time();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A path of a rule, and the service and port to which it leads.
struct Rule {
    is_exact: bool,
    path: String,
    backend: String,
}

/// The backend of a request: an exact path counts first, then the longest prefix of whole
/// segments. The specifications of Ingress and `HTTPRoute` agree in this.
fn backend<'a>(rules: &'a [Rule], request: &str) -> &'a str {
    let path = request.split('?').next().unwrap();
    let matches = |rule: &&Rule| {
        let prefix = rule.path.trim_end_matches('/');
        let is_below =
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if rule.is_exact { path == rule.path } else { is_below }
    };
    let best = rules.iter().filter(matches).max_by_key(|rule| (rule.is_exact, rule.path.len()));
    &best.unwrap_or_else(|| panic!("no rule for {request}")).backend
}

fn assert_splits(rules: &[Rule]) {
    for path in KRATOS {
        assert_eq!(backend(rules, path), "kratos-public:80", "{path}");
    }
    for path in ELSEWHERE {
        assert_eq!(backend(rules, path), "elsewhere:80", "{path}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The elements of a list; none if it is absent.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_exact(path_type: &Value) -> bool {
    match text(path_type) {
        "Exact" => true,
        "Prefix" | "PathPrefix" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn ingress_routes_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    let [ingress] = &documents("beside-kratos/ingress.yaml")[..] else { panic!() };
    assert_eq!([&ingress["apiVersion"], &ingress["kind"]], ["networking.k8s.io/v1", "Ingress"]);
    let [rule] = list(&ingress["spec"]["rules"]) else { panic!() };
    let rules = list(&rule["http"]["paths"]).iter().map(|path| {
        let service = &path["backend"]["service"];
        Rule {
            is_exact: is_exact(&path["pathType"]),
            path: text(&path["path"]).to_owned(),
            backend: format!("{}:{}", text(&service["name"]), service["port"]["number"]),
        }
    });
    assert_splits(&rules.collect::<Vec<_>>());
}

#[test]
fn http_routes_lead_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    let routes = documents("beside-kratos/httproute.yaml");
    let mut rules = Vec::new();
    for route in &routes {
        let kind = ["gateway.networking.k8s.io/v1", "HTTPRoute"];
        assert_eq!([&route["apiVersion"], &route["kind"]], kind);
        assert_eq!(route["spec"]["hostnames"], routes[0]["spec"]["hostnames"]);
        for rule in list(&route["spec"]["rules"]) {
            let [to] = list(&rule["backendRefs"]) else { panic!() };
            let backend = format!("{}:{}", text(&to["name"]), to["port"]);
            let (is_exact, path) = match list(&rule["matches"]) {
                [] => (false, "/"),
                [one] => (is_exact(&one["path"]["type"]), text(&one["path"]["value"])),
                _ => panic!("{rule}"),
            };
            rules.push(Rule { is_exact, path: path.to_owned(), backend });
        }
    }
    assert_splits(&rules);
}

/// The way back is as the file says: without the route of elsewhere, Kratos answers everything.
#[test]
fn route_of_kratos_needs_no_change() {
    let routes = documents("beside-kratos/httproute.yaml");
    let names: Vec<_> = routes.iter().map(|route| text(&route["metadata"]["name"])).collect();
    assert_eq!(names, ["elsewhere", "kratos"]);
    assert!(!routes[1].to_string().contains("sessions"));
}

#[test]
fn traefik_routes_lead_to_services_and_middlewares_that_exist() {
    for folder in ["beside-kratos/traefik", "auth-request/traefik"] {
        let settings = &documents(&format!("{folder}/traefik.yml"))[0];
        let file = text(&settings["providers"]["file"]["filename"]);
        let http = &documents(&format!("{folder}/{file}"))[0]["http"];
        for router in http["routers"].as_object().unwrap().values() {
            let service = &http["services"][text(&router["service"])];
            assert!(service["loadBalancer"]["servers"][0]["url"].is_string(), "{router}");
            for name in list(&router["middlewares"]) {
                assert!(http["middlewares"][text(name)].is_object(), "{router}");
            }
        }
    }
}

/// Traefik tries the router with the longest rule first.
#[test]
fn traefik_tries_the_route_of_the_session_calls_first() {
    let http = &documents("beside-kratos/traefik/traefik-routes.yml")[0]["http"];
    let rule = |router: &str| text(&http["routers"][router]["rule"]);
    assert_eq!(rule("kratos"), "PathPrefix(`/`)");
    let paths = "(Path(`/sessions`) || PathPrefix(`/sessions/`))";
    assert_eq!(rule("sessions"), format!("{paths} && !Path(`/sessions/token-exchange`)"));
    assert!(rule("sessions").len() > rule("kratos").len());
}
