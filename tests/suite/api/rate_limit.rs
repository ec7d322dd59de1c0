//! Rate limit of wrong credentials: counted per client, by an address it cannot choose.

use elsewhere::client_ip::{Client, Peer};
use elsewhere::config::TrustedProxies;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::support::http_client::{Answer, get, send};
use crate::support::people::{TestService, person, session};

const WRONG_TOKEN: &str = "ory_st_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn service(settings: &[(&str, &str)]) -> (TestService, String) {
    let test = TestService::start(settings);
    let sessions = [session(1), session(2)];
    test.issue(&person(), &sessions);
    let token = sessions[0].token.expose().to_owned();
    (test, token)
}

#[test]
fn client_with_too_many_wrong_credentials_gets_429() {
    let (test, good) = service(&[("limits.auth_failures_per_minute", "3")]);
    let statuses: Vec<_> =
        (0..5).map(|_| get(test.service.public, "/sessions", WRONG_TOKEN).status).collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let answer = get(test.service.public, "/sessions/whoami", WRONG_TOKEN);
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json()["error"]["status"], "Too Many Requests");
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    // A valid credential from the same client is still accepted, and a request without
    // a credential does not count as a guess.
    assert_eq!(get(test.service.public, "/sessions", &good).status, 200);
    assert_eq!(send(test.service.public, "GET", "/sessions", &[]).status, 401);
}

#[test]
fn token_of_an_ended_session_does_not_count_as_a_guess() {
    let (test, _) = service(&[("limits.auth_failures_per_minute", "1")]);
    let mut ended = session(3);
    ended.session.active = false;
    test.issue(&person(), std::slice::from_ref(&ended));
    for _ in 0..3 {
        assert_eq!(get(test.service.public, "/sessions", ended.token.expose()).status, 401);
    }
}

#[test]
fn wrong_admin_tokens_are_limited_too() {
    let settings =
        [("admin.tokens", "a-token-of-the-operators"), ("limits.auth_failures_per_minute", "2")];
    let test = TestService::start(&settings);
    let ask = |token: &str| {
        let bearer = format!("Bearer {token}");
        send(test.service.admin, "GET", "/admin/sessions", &[("Authorization", bearer.as_bytes())])
    };
    let statuses: Vec<_> = (0..3).map(|_| ask("a-token-of-nobody").status).collect();
    assert_eq!(statuses, [401, 401, 429]);
    assert_eq!(ask("a-token-of-the-operators").status, 200);
}

#[test]
fn clients_behind_a_trusted_proxy_are_counted_separately() {
    let limit = ("limits.auth_failures_per_minute", "1");
    let (test, _) = service(&[limit, ("server.trusted_proxies", "127.0.0.1")]);
    let ask = |forwarded: &str| -> Answer {
        let headers = [("X-Session-Token", WRONG_TOKEN), ("X-Forwarded-For", forwarded)];
        let headers = headers.map(|(name, value)| (name, value.as_bytes()));
        send(test.service.public, "GET", "/sessions", &headers)
    };
    assert_eq!(ask("192.0.2.1").status, 401);
    assert_eq!(ask("192.0.2.2").status, 401);
    // The client may have made up the addresses to the left.
    assert_eq!(ask("198.51.100.7, 192.0.2.1").status, 429);
    // IPv6 clients are counted by network.
    assert_eq!(ask("2001:db8:0:1::1").status, 401);
    assert_eq!(ask("2001:db8:0:1:ffff::2").status, 429);
    assert_eq!(ask("2001:db8:0:2::1").status, 401);
}

#[test]
fn forwarded_addresses_of_untrusted_peers_are_ignored() {
    let (test, _) = service(&[("limits.auth_failures_per_minute", "1")]);
    let ask = |forwarded: &str| {
        let headers = [("X-Session-Token", WRONG_TOKEN), ("X-Forwarded-For", forwarded)];
        let headers = headers.map(|(name, value)| (name, value.as_bytes()));
        send(test.service.public, "GET", "/sessions", &headers).status
    };
    assert_eq!((ask("192.0.2.1"), ask("192.0.2.2")), (401, 429));
}

fn trusted() -> TrustedProxies {
    let networks = ["10.0.0.0/8", "fd00::/8", "127.0.0.1"].map(str::to_owned).to_vec();
    TrustedProxies::try_from(networks).unwrap()
}

fn client_address_of(peer: &str, forwarded: &[&str]) -> Option<IpAddr> {
    let mut headers = HeaderMap::new();
    for value in forwarded {
        headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
    }
    Peer(peer.parse().ok()).client_address(&headers, &trusted())
}

#[test]
fn forwarded_addresses_are_read_from_right_to_left() {
    let address = |text: &str| Some(text.parse::<IpAddr>().unwrap());
    let cases: &[(&str, &[&str], &str)] = &[
        ("192.0.2.9", &["198.51.100.1"], "192.0.2.9"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", &["203.0.113.5, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", &["203.0.113.5", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", &["10.1.1.1,10.2.2.2"], "10.1.1.1"),
        ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
        ("fd00::1", &["[2001:db8::1]:4711"], "2001:db8::1"),
        ("fd00::1", &["[2001:db8::1]"], "2001:db8::1"),
        ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        // The search ends at a value that is not an address: the last known address counts.
        ("10.0.0.1", &["198.51.100.1, unknown, 10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", &["198.51.100.1,,"], "10.0.0.1"),
        // The peer of a Unix socket has no address.
        ("", &["198.51.100.1, 203.0.113.5"], "203.0.113.5"),
    ];
    for (peer, forwarded, expected) in cases {
        assert_eq!(client_address_of(peer, forwarded), address(expected), "{peer} {forwarded:?}");
    }
    assert_eq!(client_address_of("", &[]), None);
}

proptest! {
    #[test]
    fn address_that_the_proxy_saw_overrides_client_input(
        made_up in proptest::collection::vec("[ -~]{0,40}", 0..4),
        client in any::<[u8; 4]>().prop_filter("not trusted", |ip| ip[0] != 10 && ip[0] != 127),
    ) {
        let client = IpAddr::from(Ipv4Addr::from(client));
        let seen = client.to_string();
        let mut values: Vec<&str> = made_up.iter().map(String::as_str).collect();
        values.push(&seen);
        prop_assert_eq!(client_address_of("10.0.0.1", &values), Some(client));
        let joined = values.join(",");
        prop_assert_eq!(client_address_of("10.0.0.1", &[&joined]), Some(client));
    }

    #[test]
    fn addresses_of_one_network_are_one_client(network in any::<u64>(), a in any::<u64>(), b in any::<u64>()) {
        let address = |host: u64| {
            IpAddr::from(Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host)))
        };
        prop_assume!(network != 0);
        prop_assert_eq!(Client::of(address(a)), Client::of(address(b)));
        let next = IpAddr::from(Ipv6Addr::from_bits(u128::from(network ^ 1) << 64));
        prop_assume!(network != 1);
        prop_assert_ne!(Client::of(address(a)), Client::of(next));
    }
}
