//! Settings that cannot work are refused at the start.

use super::load;

/// Settings of a file, each with the beginning of its error, which says what to write.
const REFUSED: &[(&str, &str)] = &[
    // Origins.
    ("[cors]\nallowed_origins = ['https://*.org']", "cors.allowed_origins[0]: expected an origin"),
    ("[cors]\nallowed_origins = ['https://*.co.uk']", "cors.allowed_origins[0]: expected an"),
    ("[cors]\nallowed_origins = ['https://*.github.io']", "cors.allowed_origins[0]: expected"),
    ("[cors]\nallowed_origins = ['https://*']", "cors.allowed_origins[0]: expected `*` in the"),
    ("[cors]\nallowed_origins = ['https://*app.example.org']", "cors.allowed_origins[0]: expe"),
    ("[cors]\nallowed_origins = ['https://a.*.example.org']", "cors.allowed_origins[0]: expec"),
    ("[cors]\nallowed_origins = ['https://*.*.example.org']", "cors.allowed_origins[0]: expec"),
    ("[cors]\nallowed_origins = ['https://*.example.org/']", "cors.allowed_origins[0]: expect"),
    ("[cors]\nallowed_origins = ['https://*.example.org:443']", "cors.allowed_origins[0]: exp"),
    ("[cors]\nallowed_origins = ['https://*.Example.org']", "cors.allowed_origins[0]: expected"),
    ("[cors]\nallowed_origins = ['https://*.example.org:*']", "cors.allowed_origins[0]: expec"),
    ("[cors]\nallowed_origins = ['*.example.org']", "cors.allowed_origins[0]: expected `*`"),
    ("[cors]\nallowed_origins = ['https://*.0.0.1']", "cors.allowed_origins[0]: expected `*`"),
    ("[cors]\nallowed_origins = ['https://a.b', '*']", "cors.allowed_origins[1]: expected an"),
    // Durations.
    ("[session]\nlifespan = '30M'", "session.lifespan: expected a duration in days (`30d`), h"),
    ("[session]\nlifespan = '1y'", "session.lifespan: expected a duration in days"),
    ("[session]\nretention = '2 months'", "session.retention: expected a duration in days"),
    ("[session]\nretention = '1year 2d'", "session.retention: expected a duration in days"),
    ("[session]\nabsolute_lifespan = '1M'", "session.absolute_lifespan: expected a duration in"),
    ("[limits]\nbody_timeout = '10'", "limits.body_timeout: expected a duration with a unit"),
    ("[limits]\nbody_timeout = '1752001h'", "limits.body_timeout: expected a duration longer t"),
    ("[limits]\nbody_timeout = '0s'", "limits.body_timeout: expected a duration longer than z"),
    ("[limits]\nbody_timeout = '-1s'", "limits.body_timeout: expected a duration such as"),
    ("[activity]\ninterval = '25h'", "activity.interval: expected whole seconds, at most a day"),
    // Numbers.
    ("[limits]\nmax_headers = 5", "limits.max_headers: expected a number from 10 to 1000, got 5"),
    ("[limits]\nmax_headers = -100", "limits.max_headers: expected a number from 10 to 1000"),
    ("[limits]\nmax_headers = 99999999999999999999", "limits.max_headers: expected a smaller n"),
    ("[database]\nmax_connections = 0", "database.max_connections: expected a number from 1 to"),
    // Rules for own tables, and of those beside a Kratos.
    ("[session]\nbinding = 'on'", "session.binding: expected one of `off`, `offer`, `require`"),
    (
        "[session]\nbinding = 'offer'",
        "session.binding: expected \"off\", because there are no session.cookie_secrets",
    ),
    (
        "[session]\nbinding = 'offer'\ncookie_secrets = ['a-secret-of-16-characters']",
        "session.binding: expected \"off\", because server.base_url is not https",
    ),
    (
        "[server]\nbase_url = 'https://a.example/'\n\n[session]\nbinding = 'require'\n\
         binding_lifetime = '4s'\ncookie_secrets = ['a-secret-of-16-characters']",
        "session.binding_lifetime: expected at least 5s",
    ),
    (
        "[database]\nschema = 'kratos'\nurl = 'sqlite://k'\n\n[session]\nbinding = 'offer'",
        "session.binding: expected \"off\", because database.schema is \"kratos\"",
    ),
    ("[session]\nmax_per_identity = -1", "session.max_per_identity: expected a number from 0 to"),
    ("[session]\nlimit_policy = 'evict'", "session.limit_policy: expected one of `evict_ol"),
    (
        "[session]\nmax_per_identity = 3\nlimit_policy = 'evict_least_recent'\n\n[activity]\nenabled = false",
        "session.limit_policy: expected \"evict_oldest\" or \"refuse\", because activity.enabled is",
    ),
    (
        "[database]\nschema = 'kratos'\nurl = 'sqlite://k'\n\n[session]\nmax_per_identity = 3",
        "session.max_per_identity: expected none, because database.schema is \"kratos\"",
    ),
    (
        "[database]\nschema = 'kratos'\nurl = 'sqlite://k'\n\n[session]\nauthentication_methods = ['sms']",
        "session.authentication_methods: expected none, because database.schema is \"kratos\"",
    ),
    (
        "[session]\nauthentication_methods = ['SMS']",
        "session.authentication_methods[0]: expected a name of 1 to 32 lower-case letters",
    ),
    // Secrets.
    (
        "[session]\ncookie_secrets = ['a-secret-of-16-chars', 'a-secret-of-16-chars']",
        "session.cookie_secrets: expected different ones, but number 2 repeats another",
    ),
    (
        "[admin]\ntokens = ['a-token-of-16-char', 'another-of-16-char', 'a-token-of-16-char']",
        "admin.tokens: expected different ones, but number 3 repeats another",
    ),
    // Networks and addresses.
    (
        "[server]\ntrusted_proxies = ['10.1.2.3/8']",
        "server.trusted_proxies: expected the network `10.0.0.0/8` or the address `10.1.2.3`",
    ),
    ("[server]\ntrusted_proxies = ['2001:db8::1/32']", "server.trusted_proxies: expected the netw"),
    ("[server]\ntrusted_proxies = ['10.0.0.0/33']", "server.trusted_proxies: expected a network"),
    ("[server]\nlisten = '4433'", "server.listen: expected an IP address and a port"),
    ("[server]\nlisten = 'example.org:4433'", "server.listen: expected an IP address and a port"),
    ("[server]\nlisten = ':65536'", "server.listen: expected an IP address and a port"),
    ("[server]\nlisten = 'localhost'", "server.listen: expected an IP address and a port"),
    ("[server]\nlisten = ':+80'", "server.listen: expected an IP address and a port"),
    ("[server]\nlisten = '127.0.0.1:4434'", "admin.listen: expected another address than"),
    ("[admin]\nlisten = ':4434'", "admin.tokens: expected a token, because admin.listen is not a"),
    ("[admin]\nlisten = '*:4434'", "admin.tokens: expected a token, because admin.listen is not"),
    ("[admin]\nlisten = '[::]:4434'", "admin.tokens: expected a token, because admin.listen is"),
    ("[server]\nbase_url = 'https://a:b@example.org'", "server.base_url: expected a URL without a"),
    ("[traces]\nendpoint = 'collector:4317'", "traces.endpoint: expected an http or https URL"),
    ("[ui]\nsign_in_url = '/sign-in'", "ui.sign_in_url: expected an http or https URL"),
    ("[ui]\naccount_trait = '/email'", "ui.account_trait: expected the path of a trait such as"),
    ("[ui]\naccount_trait = 'name..first'", "ui.account_trait: expected the path of a trait such"),
    ("[database]\nnetwork = 'main'", "database.network: expected a UUID"),
    // Names.
    (
        "[session]\ncookie_nam = 'a'",
        "session.cookie_nam: unknown setting, did you mean `session.co",
    ),
    ("[server]\ncookie_name = 'a'", "server.cookie_name: unknown setting, did you mean `session.c"),
    ("[log]\ncolours = true", "log.colours: unknown setting (from "),
    ("[sever]", "sever: unknown setting, did you mean `server`?"),
    ("[server.tsl]\nkey = 'a'", "server.tsl: unknown setting, did you mean `server.tls`?"),
    ("lifespan = '1h'", "lifespan: unknown setting, did you mean `session.lifespan`?"),
    ("[[server]]\nlisten = 'a'", "server: expected a section, as below [server]"),
    ("[server]\ntls = true", "server.tls: expected a section, as below [server.tls]"),
    // Twice.
    ("[log]\nlevel = 'info'\n\nlevel = 'warn'", "log.level: set twice: remove one of them (from "),
    ("[log]\nlevel = 'info'\n[ui]\n[log]", "log: set twice: remove one of them (from "),
    ("[server.tls]\nkey = ''\nkey = ''", "server.tls.key: set twice: remove one of them (from "),
    ("log.level = 'info'\n[log]\nlevel = 'warn'", "log: set twice: remove one of them (from "),
    ("[log]\ncolour = 1\ncolour = 2", "log.colour: set twice: remove one of them (from "),
];

#[test]
fn setting_that_cannot_work_is_one_line_that_says_what_to_write() {
    for (file, begins) in REFUSED {
        let Err(error) = load(file, &[]) else { panic!("accepted: {file}") };
        assert!(error.starts_with(begins), "{file}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn settings_of_the_same_kind_that_work_are_accepted() {
    for file in [
        "[cors]\nallowed_origins = ['https://*.example.org', 'http://*.localhost:3000']",
        "[cors]\nallowed_origins = ['https://*.a.github.io', 'https://*.xn--bcher-kva.example']",
        "[session]\nlifespan = '4w'\nretention = '30m'\nabsolute_lifespan = '1752000h'",
        "[server]\ntrusted_proxies = ['10.0.0.0/8', '10.1.2.3', '10.1.2.3/32', '::1', 'fd00::/8']",
        "[server]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'",
        "[admin]\ntokens = ''",
        "[admin]\ntokens = 'a-token-of-16-chars'\nlisten = ':4434'",
    ] {
        assert_eq!(load(file, &[]).map(drop), Ok(()), "{file}");
    }
}

#[test]
fn addresses_without_an_ip_address_are_those_of_this_machine_or_of_all_interfaces() {
    for (listen, address) in [
        ("localhost:4433", "127.0.0.1:4433"),
        (":4433", "[::]:4433"),
        ("*:4433", "[::]:4433"),
        ("[::]:4433", "[::]:4433"),
        ("0.0.0.0:0", "0.0.0.0:0"),
    ] {
        let config = load(&format!("[server]\nlisten = '{listen}'"), &[]).unwrap();
        assert_eq!(config.server.listen.to_string(), address, "{listen}");
    }
}
