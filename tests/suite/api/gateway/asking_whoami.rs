//! Gateways that ask `whoami` before they forward a request to an app.

use time::Duration;

use crate::api::gateway::echo;
use crate::support::gateways::{Start, caddy, envoy, nginx, with_ports};
use crate::support::http_client::{Answer, json_request, send, send_bytes};
use crate::support::nginx::free_address;
use crate::support::people::{TestService, person, session};

/// A gateway with its example.
struct Example {
    start: Start,
    config: &'static str,
    /// The header with the identity that the app receives.
    identity_header: &'static str,
    /// True if the client receives the cookies that `whoami` renews.
    passes_on_renewed_cookies: bool,
    /// The header `Retry-After` while the service is unavailable.
    retry_after: &'static str,
}

#[test]
fn nginx_admits_signed_in_callers_and_passes_on_their_identity() {
    admits_signed_in_callers_and_passes_on_their_identity(&Example {
        start: nginx,
        config: include_str!("../../../../examples/auth-request/nginx.conf"),
        identity_header: "X-Identity-Id",
        passes_on_renewed_cookies: true,
        retry_after: "1",
    });
}

#[test]
fn caddy_admits_signed_in_callers_and_passes_on_their_identity() {
    admits_signed_in_callers_and_passes_on_their_identity(&Example {
        start: caddy,
        config: include_str!("../../../../examples/auth-request/Caddyfile"),
        identity_header: "X-Identity-Id",
        passes_on_renewed_cookies: false,
        retry_after: "1",
    });
}

#[test]
fn envoy_admits_signed_in_callers_and_passes_on_their_identity() {
    admits_signed_in_callers_and_passes_on_their_identity(&Example {
        start: envoy,
        config: include_str!("../../../../examples/auth-request/envoy.yaml"),
        identity_header: "X-Kratos-Authenticated-Identity-Id",
        passes_on_renewed_cookies: true,
        retry_after: "",
    });
}

fn admits_signed_in_callers_and_passes_on_their_identity(example: &Example) {
    let test = TestService::start(&[("session.cookie_secrets", "a-secret-of-16-characters")]);
    let (ana, here, mut ended) = (person(), session(1), session(2));
    ended.session.active = false;
    test.issue(&ana, &[here.clone(), ended.clone()]);
    let (app, heads) = echo::start("app");
    let address = free_address();
    let ports = [(4433, test.service.public), (3000, app), (8080, address)];
    let gateway = (example.start)(&with_ports(example.config, &ports), address);
    let ask = |headers: &[(&str, &str)]| -> Answer {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        send(gateway.address, "GET", "/a/page?tokenize_as=x", &headers)
    };

    let (cookie, ended_cookie) = (test.cookie(&here), test.cookie(&ended));
    let bearer = format!("Bearer {}", here.token.expose());
    let header = example.identity_header.to_lowercase();
    let identity = format!("{header}: {}", ana.id);
    let credentials = [
        ("Cookie", cookie.as_str()),
        ("X-Session-Token", here.token.expose()),
        ("Authorization", &bearer),
    ];
    for credential in credentials {
        // The gateway replaces an identity header that the client sends.
        let forged = (example.identity_header, "00000000-0000-4000-8000-00000000dead");
        let answer = ask(&[credential, forged]);
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"), "{credential:?}");
        let head = echo::next(&heads);
        assert!(head[0].starts_with("get /a/page?tokenize_as=x "), "{head:#?}");
        let identities: Vec<_> = head.iter().filter(|line| line.starts_with(&header)).collect();
        assert_eq!(identities, [&identity]);
        assert!(!answer.has("set-cookie"));
    }
    let mut before_extension = here.clone();
    before_extension.session.expires_at -= Duration::hours(1);
    let renewed = ask(&[("Cookie", &test.cookie(&before_extension))]).header("set-cookie");
    assert_eq!(renewed.starts_with("ory_kratos_session="), example.passes_on_renewed_cookies);
    echo::next(&heads);

    assert_eq!(ask(&[]).status, 401);
    assert_eq!(ask(&[("Cookie", &ended_cookie)]).status, 401);
    assert!(heads.try_recv().is_err(), "the app hears of no one who is not let in");

    // A gateway may ask with the method of its caller. It never sends the body.
    for method in ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let admitted = json_request(method, "/", &[("Cookie", cookie.as_bytes())], "{}");
        assert_eq!(send_bytes(gateway.address, &admitted).status, 200, "{method}");
        let head = echo::next(&heads);
        assert!(head[0].starts_with(&format!("{} / ", method.to_lowercase())), "{head:#?}");
        assert!(head.contains(&identity), "{head:#?}");
        let refused = json_request(method, "/", &[], "{}");
        assert_eq!(send_bytes(gateway.address, &refused).status, 401, "{method}");
    }

    // If the service is down, the gateway does not answer 401, but 503.
    drop(test);
    let answer = ask(&[("Cookie", &cookie)]);
    let retry_after = answer.header("retry-after");
    assert_eq!((answer.status, retry_after.as_str()), (503, example.retry_after));
    assert!(heads.try_recv().is_err(), "nobody is let in unchecked");
}
