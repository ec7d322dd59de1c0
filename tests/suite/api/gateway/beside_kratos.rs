//! Gateways that share one public host between Kratos, a stand-in here, and elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc;

use crate::api::gateway::echo;
use crate::api::gateway::echo::Head;
use crate::support::gateways::{Gateway, Start, caddy, envoy, nginx, with_ports};
use crate::support::http_client::{Answer, get, send, send_bytes};
use crate::support::nginx::free_address;
use crate::support::people::{TestService, person, session};

const NGINX: &str = include_str!("../../../../examples/beside-kratos/nginx.conf");
const CADDY: &str = include_str!("../../../../examples/beside-kratos/Caddyfile");
const ENVOY: &str = include_str!("../../../../examples/beside-kratos/envoy.yaml");

/// Requests for Kratos: its own paths, and others that only look like session calls.
pub const KRATOS: [&str; 14] = [
    "/",
    "/self-service/login/browser",
    "/self-service/logout?token=x",
    "/.well-known/ory/webauthn.js",
    "/schemas/cGVyc29u",
    "/health/ready",
    "/sessionsfoo",
    "/sessionsfoo/whoami",
    "/sessions-foo",
    "/session",
    "/self-service/sessions",
    "/?next=/sessions",
    "/sessions/token-exchange",
    "/sessions/token-exchange?init_code=a&return_to_code=b",
];

/// Session calls, and paths below them that neither service has.
pub const ELSEWHERE: [&str; 9] = [
    "/sessions",
    "/sessions?page_size=2",
    "/sessions/",
    "/sessions/whoami",
    "/sessions/whoami?tokenize_as=x",
    "/sessions/whoami/",
    "/sessions/00000000-0000-4000-8000-000000000001",
    "/sessions/token-exchange-of-another-kind",
    "/sessions/token",
];

/// Other spellings of the paths of Kratos. Gateways may forward or redirect them.
const KRATOS_SPELLED: [&str; 8] = [
    "/sessions/token%2Dexchange",
    "/sessions/%74oken-exchange",
    "/sessions//token-exchange?init_code=a",
    "/sessions/./token-exchange",
    "/sessions/whoami/../token-exchange",
    "/sessions/../self-service/login/browser",
    "/sessions/%2e%2e/self-service/login/browser",
    "//self-service/login/browser",
];

/// Other spellings of session calls.
const ELSEWHERE_SPELLED: [&str; 6] = [
    "/sessions/%77hoami",
    "//sessions",
    "/sessions//whoami",
    "/sessions/./whoami",
    "/self-service/../sessions",
    "/sessions/token-exchange/../whoami",
];

/// An address that a client claims to have.
const FORGED: &str = "198.51.100.66";

/// A gateway in front of a stand-in for Kratos and of another server.
struct Routed {
    gateway: Gateway,
    kratos: mpsc::Receiver<Head>,
}

fn start(start: Start, example: &str, elsewhere: SocketAddr) -> Routed {
    let (address, (stand_in, kratos)) = (free_address(), echo::start("kratos"));
    let ports = [(4433, stand_in), (4533, elsewhere), (8080, address)];
    Routed { gateway: start(&with_ports(example, &ports), address), kratos }
}

impl Routed {
    fn get(&self, path: &str) -> Answer {
        send(self.gateway.address, "GET", path, &[])
    }

    /// The service that answers a request, after redirects.
    fn destination(&self, path: &str) -> &'static str {
        let answer = self.get(path);
        match answer.status {
            307 => self.destination(&answer.header("location")),
            200 if answer.header("x-answered-by") == "kratos" => "kratos",
            // No credential, or no such path.
            401 | 404 | 405 if answer.json()["error"].is_object() => "elsewhere",
            _ => panic!("{path}: {answer:?}"),
        }
    }
}

#[test]
fn nginx_routes_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    routes_session_calls_to_elsewhere_and_the_rest_to_kratos(nginx, NGINX);
}

#[test]
fn caddy_routes_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    routes_session_calls_to_elsewhere_and_the_rest_to_kratos(caddy, CADDY);
}

#[test]
fn envoy_routes_session_calls_to_elsewhere_and_the_rest_to_kratos() {
    routes_session_calls_to_elsewhere_and_the_rest_to_kratos(envoy, ENVOY);
}

fn routes_session_calls_to_elsewhere_and_the_rest_to_kratos(gateway: Start, example: &str) {
    let test = TestService::start(&[]);
    let (here, other) = (session(1), session(2));
    test.issue(&person(), &[here.clone(), other.clone()]);
    let routed = start(gateway, example, test.service.public);
    for path in KRATOS {
        assert_eq!(routed.get(path).header("x-answered-by"), "kratos", "{path}");
        let line = format!("get {} http/1.1", path.to_lowercase());
        assert_eq!(echo::next(&routed.kratos)[0], line);
    }
    for path in KRATOS_SPELLED {
        assert_eq!(routed.destination(path), "kratos", "{path}");
    }
    for path in ELSEWHERE.iter().chain(&ELSEWHERE_SPELLED) {
        assert_eq!(routed.destination(path), "elsewhere", "{path}");
    }

    let address = routed.gateway.address;
    let token = here.token.expose();
    assert_eq!(get(address, "/sessions", token).ids(), [other.session.id.to_string()]);
    let path = format!("/sessions/{}", other.session.id);
    let headers = [("X-Session-Token", token.as_bytes())];
    assert_eq!(send(address, "DELETE", &path, &headers).status, 204);
    assert!(get(address, "/sessions", token).ids().is_empty());
    assert_eq!(send(address, "POST", "/sessions/whoami", &headers).status, 200);
}

#[test]
fn nginx_forwards_credentials_host_and_the_address_of_the_client() {
    forwards_credentials_host_and_the_address_of_the_client(nginx, NGINX);
}

#[test]
fn caddy_forwards_credentials_host_and_the_address_of_the_client() {
    forwards_credentials_host_and_the_address_of_the_client(caddy, CADDY);
}

#[test]
fn envoy_forwards_credentials_host_and_the_address_of_the_client() {
    forwards_credentials_host_and_the_address_of_the_client(envoy, ENVOY);
}

fn forwards_credentials_host_and_the_address_of_the_client(gateway: Start, example: &str) {
    let (elsewhere, heads) = echo::start("elsewhere");
    let routed = start(gateway, example, elsewhere);
    for (path, heads) in [("/sessions/whoami", &heads), ("/schemas/x", &routed.kratos)] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: accounts.example.org:8443\r\n\
             X-Forwarded-For: {FORGED}\r\nCookie: ory_kratos_session=a|b==; theme=dark\r\n\
             X-Session-Token: t\r\nAuthorization: Bearer u\r\nOrigin: https://app.example.org\r\n\
             Sec-Fetch-Site: same-site\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(send_bytes(routed.gateway.address, request.as_bytes()).status, 200);
        let head = echo::next(heads);
        for line in [
            "host: accounts.example.org:8443",
            "cookie: ory_kratos_session=a|b==; theme=dark",
            "x-session-token: t",
            "authorization: bearer u",
            "origin: https://app.example.org",
            "sec-fetch-site: same-site",
            "x-forwarded-proto: http",
        ] {
            assert_eq!(head.iter().filter(|sent| *sent == line).count(), 1, "{line}: {head:#?}");
        }
        // A client cannot forge the last address. For a loopback address, Envoy writes the one of
        // its machine.
        let addresses = head.iter().filter_map(|line| line.strip_prefix("x-forwarded-for: "));
        let last = addresses.flat_map(|line| line.split(',')).last().unwrap().trim();
        assert!(last != FORGED && last.parse::<IpAddr>().is_ok(), "{head:#?}");
    }
}
