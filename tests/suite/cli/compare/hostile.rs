//! Servers that do not answer, or not as HTTP and JSON should be.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::cli::compare::fixture::{Compared, compare, compare_at};
use crate::cli::compare::stub::{MARK, Stub, answer, read_head};

const ANA: &str = "token ory_st_of_ana";

fn assert_failed(compared: &Compared, begins: &str) {
    assert_eq!(compared.code, Some(1), "{compared:#?}");
    assert!(compared.error.starts_with(begins), "{}", compared.error);
    assert_eq!(compared.error.lines().count(), 1, "{}", compared.error);
}

#[test]
fn server_that_does_not_listen_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let open = Stub::json("{}");
    let named = |name: &str| {
        format!("elsewhere: {name} did not answer at http://{closed}/: cannot connect: ")
    };
    assert_failed(&compare(closed, &open, ANA, &[]), &named("Kratos"));
    assert_failed(&compare(&open, closed, ANA, &[]), &named("elsewhere"));
    let compared = compare_at("http://no-such-host.invalid/", &format!("http://{open}/"), ANA, &[]);
    assert_failed(&compared, "elsewhere: Kratos did not answer at http://no-such-host.invalid/: ");
}

#[test]
fn answer_that_is_no_http_names_its_server() {
    let good = Stub::json("{}");
    for nonsense in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"",
        b"HTTP/1.1 999999 \xff\r\n\r\n",
        b"\0\x1b[2J\r\n\r\n",
    ] {
        let bad = Stub::start(move |_| nonsense.to_vec());
        let compared = compare(bad, &good, ANA, &[]);
        assert_failed(&compared, "elsewhere: Kratos did not answer at ");
        assert!(!compared.error.contains('\u{1b}'), "{}", compared.error);
    }
    let cut_off = Stub::start(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec());
    let compared = compare(&good, cut_off, ANA, &[]);
    assert_failed(&compared, "elsewhere: elsewhere did not answer at ");
    assert!(compared.error.contains(": the answer broke off: "), "{}", compared.error);
}

#[test]
fn endless_answer_ends() {
    let endless = Stub::serve(|mut stream| {
        read_head(&mut stream);
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[";
        let mut written = stream.write_all(head);
        while written.is_ok() {
            written = stream.write_all(&[b' '; 8192]);
        }
    });
    let compared = compare(endless, Stub::json("[]"), ANA, &[]);
    assert_failed(&compared, "elsewhere: Kratos did not answer at ");
    assert!(compared.error.ends_with(": the answer is larger than 16 MiB\n"), "{}", compared.error);
}

#[test]
fn server_that_is_silent_is_given_up() {
    let silent = Stub::serve(|mut stream| {
        // Ends when the program hangs up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let compared = compare(silent, Stub::json("[]"), ANA, &[]);
    assert_failed(&compared, "elsewhere: Kratos did not answer at ");
    assert!(compared.error.ends_with(": no complete answer within 10 s\n"), "{}", compared.error);
}

#[test]
fn body_that_is_no_json_differs_from_one_that_is() {
    let page = Stub::start(|_| answer("200 OK", &[MARK], "<html>secret-page</html>"));
    let empty = Stub::start(|_| answer("200 OK", &[MARK], ""));
    let json = Stub::start(|_| answer("200 OK", &[MARK], "[1]"));
    let deep = "[".repeat(100_000);
    let deep = Stub::start(move |_| answer("200 OK", &[], &deep));
    for (kratos, other, expected) in [
        (&page, &json, "body: Kratos no JSON, elsewhere an array"),
        (&json, &empty, "body: Kratos an array, elsewhere nothing"),
        (&deep, &json, "body: Kratos no JSON, elsewhere an array"),
        (&deep, &page, "body: Kratos no JSON, elsewhere no JSON"),
    ] {
        let compared = compare(kratos, other, ANA, &[]);
        let below = compared.below("DIFFERS 200 GET /sessions/whoami (token, line 1)");
        assert_eq!(below, [expected]);
        assert!(!compared.lines.join("\n").contains("secret-page"));
    }
    let same = Stub::start(|_| answer("200 OK", &[MARK], "<html>secret-page</html>"));
    assert_eq!(compare(&page, &same, ANA, &[]).code, Some(0));
}

#[test]
fn hostile_keys_and_many_differences_are_bounded() {
    let keys: Vec<_> = (0..1000).map(|nth| format!("\"k{nth:04}\":\"secret-value\"")).collect();
    let kratos = Stub::json(format!("{{{}}}", keys.join(",")));
    let control = "\\u001b[2J/\\n".to_owned() + &"x".repeat(9000);
    let other = Stub::json(format!("{{\"{control}\":[[[[\"secret-value\"]]]]}}"));
    let compared = compare(kratos, other, ANA, &[]);
    let below = compared.below("DIFFERS 200 GET /sessions/whoami (token, line 1)");
    assert_eq!(below.len(), 21);
    assert_eq!(below[20], "and 981 more");
    assert!(below[0].starts_with("body /\\u{1b}[2J~1\\nxxx"), "{}", below[0]);
    assert!(below[0].len() < 120 && below[0].ends_with("x…: only elsewhere"), "{}", below[0]);
    let shown = compared.lines.join("\n");
    assert!(!shown.contains("secret-value") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn deep_documents_that_differ_at_their_end_are_compared() {
    let nested = |end: &str| format!("{}{end}{}", "[".repeat(120), "]".repeat(120));
    let compared = compare(Stub::json(nested("1")), Stub::json(nested("2")), ANA, &[]);
    let below = compared.below("DIFFERS 200 GET /sessions/whoami (token, line 1)");
    assert_eq!(below, [format!("body {}: differs", "/0".repeat(120))]);
}
