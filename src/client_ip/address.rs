//! Addresses in the forms in which proxies, frameworks and databases write them.

use std::net::IpAddr;

/// The client's address in what a login system passes on: an address, or the value of
/// `X-Forwarded-For` or `Forwarded` (RFC 7239 §4), whose first entry is the client. `None` if
/// that entry is no address, such as `unknown` or a name.
#[must_use]
pub fn client_in(text: &str) -> Option<IpAddr> {
    // Empty elements of a list do not count (RFC 9110 §5.6.1.2).
    let entry = text.split(',').map(unquoted).find(|entry| !entry.is_empty())?;
    let node = entry.split(';').find_map(forwarded_for).unwrap_or(entry);
    parse(without_marks(unquoted(node)))
}

/// Parses an address with or without a port, brackets and a zone.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    without_port(text).or_else(|| {
        let (address, port) = text.rsplit_once(':')?;
        // A port can be hidden by a name with an underscore (RFC 7239 §6.3).
        let is_port = port.starts_with('_') || port.bytes().all(|byte| byte.is_ascii_digit());
        if is_port { without_port(address) } else { None }
    })
}

fn without_port(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    // A zone has a meaning only on the machine that wrote it (RFC 4007 §11).
    let address = text.split('%').next().unwrap_or(text);
    address.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\''))
}

/// The value of a parameter `for`.
fn forwarded_for(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    unquoted(name).eq_ignore_ascii_case("for").then_some(value)
}

/// Without what gRPC (`ipv6:[2001:db8::1]:443`) and Java (`/203.0.113.5:443`) put before an
/// address, and without the mask that PostgreSQL's `inet` puts behind it.
fn without_marks(text: &str) -> &str {
    let prefixed = ["ipv4:", "ipv6:", "/"].into_iter().find_map(|mark| text.strip_prefix(mark));
    let text = prefixed.unwrap_or(text);
    ["/32", "/128"].into_iter().find_map(|mask| text.strip_suffix(mask)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::client_in;

    #[test]
    fn address_is_taken_out_of_any_usual_form() {
        for (text, address) in [
            ("203.0.113.5", "203.0.113.5"),
            ("203.0.113.5:51234", "203.0.113.5"),
            ("203.0.113.5:", "203.0.113.5"),
            (" 203.0.113.5\t\r\n", "203.0.113.5"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:0:0:0:0:1:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:443", "fe80::1"),
            ("::ffff:203.0.113.5", "203.0.113.5"),
            ("[::ffff:203.0.113.5]:443", "203.0.113.5"),
            ("::ffff:cb00:7105", "203.0.113.5"),
            ("203.0.113.5, 10.0.0.1", "203.0.113.5"),
            (", 203.0.113.5:1,unknown", "203.0.113.5"),
            ("\"203.0.113.5\"", "203.0.113.5"),
            ("for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("proto=https; For = 203.0.113.5 ;by=10.0.0.1, for=10.0.0.2", "203.0.113.5"),
            ("for=\"203.0.113.5:_hidden\"", "203.0.113.5"),
            ("ipv4:203.0.113.5:443", "203.0.113.5"),
            ("ipv6:[2001:db8::1]:443", "2001:db8::1"),
            ("/203.0.113.5:443", "203.0.113.5"),
            ("203.0.113.5/32", "203.0.113.5"),
            ("2001:db8::1/128", "2001:db8::1"),
        ] {
            assert_eq!(
                client_in(text).map(|it| it.to_string()).as_deref(),
                Some(address),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_have_no_address() {
        for text in [
            "",
            " ",
            ",",
            "-",
            "unknown",
            "unknown, 203.0.113.5",
            "_hidden",
            "for=_hidden",
            "for=unknown;by=203.0.113.5",
            "localhost",
            "client.example.org:443",
            "unix:/run/app.sock",
            "/run/app.sock",
            "@",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.5:http",
            "[2001:db8::1",
            "10.0.0.0/8",
            "3405803781",
            "\u{fffd}",
        ] {
            assert_eq!(client_in(text), None, "{text}");
        }
    }
}
