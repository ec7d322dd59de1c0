//! The routes of the YAML examples for Kubernetes and Traefik, by the rules of their
//! specifications. No cluster runs here.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::api::gateway::beside_kratos::{ELSEWHERE, KRATOS};

/// The documents of a YAML file below `examples/`.
fn documents(file: &str) -> Vec<Value> {
    let clients = PathBuf::from(std::env::var_os("CLIENTS").unwrap());
    let code = "import json, sys, yaml
print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file);
    let mut python = Command::new(clients.join("python/venv/bin/python"));
    let output = python.args(["-c", code]).arg(file).output().unwrap();
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
        assert_eq!(backend(rules, path), "elsewhere:4433", "{path}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn ingress_routes_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    let [ingress] = &documents("beside-kratos/ingress.yaml")[..] else { panic!() };
    assert_eq!(
        (&ingress["apiVersion"], &ingress["kind"]),
        (&"networking.k8s.io/v1".into(), &"Ingress".into())
    );
    let rules = ingress["spec"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    let paths = rules[0]["http"]["paths"].as_array().unwrap().iter().map(|path| {
        let service = &path["backend"]["service"];
        Rule {
            is_exact: match text(&path["pathType"]) {
                "Exact" => true,
                "Prefix" => false,
                other => panic!("{other}"),
            },
            path: text(&path["path"]).to_owned(),
            backend: format!("{}:{}", text(&service["name"]), service["port"]["number"]),
        }
    });
    assert_splits(&paths.collect::<Vec<_>>());
}

#[test]
fn http_routes_lead_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    let routes = documents("beside-kratos/httproute.yaml");
    let mut all = Vec::new();
    for route in &routes {
        assert_eq!(
            (&route["apiVersion"], &route["kind"]),
            (&"gateway.networking.k8s.io/v1".into(), &"HTTPRoute".into())
        );
        assert_eq!(route["spec"]["hostnames"], routes[0]["spec"]["hostnames"]);
        for rule in route["spec"]["rules"].as_array().unwrap() {
            let [to] = &rule["backendRefs"].as_array().unwrap()[..] else { panic!() };
            let to = format!("{}:{}", text(&to["name"]), to["port"]);
            // A rule without matches has the prefix "/".
            let all_paths = vec![serde_json::json!({"path": {"type": "PathPrefix", "value": "/"}})];
            for found in rule["matches"].as_array().unwrap_or(&all_paths) {
                all.push(Rule {
                    is_exact: match text(&found["path"]["type"]) {
                        "Exact" => true,
                        "PathPrefix" => false,
                        other => panic!("{other}"),
                    },
                    path: text(&found["path"]["value"]).to_owned(),
                    backend: to.clone(),
                });
            }
        }
    }
    assert_splits(&all);
}

/// The way back is as the file says: without the route of elsewhere, Kratos answers everything.
#[test]
fn route_of_kratos_needs_no_change() {
    let routes = documents("beside-kratos/httproute.yaml");
    let names: Vec<_> = routes.iter().map(|route| text(&route["metadata"]["name"])).collect();
    assert_eq!(names, ["elsewhere", "kratos"]);
    assert!(!routes[1].to_string().contains("sessions"));
}
