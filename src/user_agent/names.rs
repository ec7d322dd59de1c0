//! Common names for the browsers, systems and tools that uap-core names differently.

use std::borrow::Cow;

use crate::user_agent::Kind;

/// The name of a browser, independent of the device and the edition.
pub(super) fn browser(family: Cow<'_, str>) -> Cow<'_, str> {
    const NAMES: [(&str, &str); 27] = [
        ("Chrome Mobile", "Chrome"),
        ("Chrome Mobile WebView", "Chrome"),
        ("Chrome Mobile iOS", "Chrome"),
        ("Chromium", "Chromium"),
        ("HeadlessChrome", "Headless Chrome"),
        ("Mobile Safari", "Safari"),
        ("Mobile Safari UI/WKWebView", "Safari"),
        ("Apple Mail", "Mail"),
        ("Firefox Mobile", "Firefox"),
        ("Firefox iOS", "Firefox"),
        ("Firefox Focus", "Firefox Focus"),
        ("Klar", "Firefox Klar"),
        ("Edge Mobile", "Edge"),
        ("Edge iOS", "Edge"),
        ("IE", "Internet Explorer"),
        ("IE Mobile", "Internet Explorer"),
        ("Opera Mobile", "Opera"),
        ("Opera Mini", "Opera Mini"),
        ("Opera Touch", "Opera"),
        ("Brave Mobile", "Brave"),
        ("DuckDuckGo Mobile", "DuckDuckGo"),
        ("Yandex Browser", "Yandex Browser"),
        ("Amazon Silk", "Silk"),
        ("Google", "Google app"),
        ("QQ Browser Mobile", "QQ Browser"),
        ("UC Browser", "UC Browser"),
        ("Slack Desktop Client", "Slack"),
    ];
    NAMES.iter().find(|(known, _)| *known == family).map_or(family, |(_, name)| (*name).into())
}

pub(super) fn system(family: Cow<'_, str>) -> Option<Cow<'_, str>> {
    Some(match family.as_ref() {
        "Other" => return None,
        "Mac OS X" => "macOS".into(),
        "Chrome OS" => "ChromeOS".into(),
        "ATV OS X" => "Apple TV".into(),
        "webOS" => "webOS TV".into(),
        "Ubuntu" | "Fedora" | "Debian" | "Red Hat" | "CentOS" | "SUSE" | "Arch Linux"
        | "Linux Mint" | "Gentoo" | "Slackware" | "Mandriva" | "openSUSE" => "Linux".into(),
        _ => return Some(family),
    })
}

/// A device that people know by its own name rather than by its system's.
pub(super) fn device(text: &str) -> Option<&'static str> {
    const NAMES: [(&str, &str); 12] = [
        ("SMART-TV; LINUX; Tizen", "Samsung TV"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("iPod", "iPod"),
        ("AppleTV", "Apple TV"),
        ("Apple TV", "Apple TV"),
        ("PlayStation 5", "PlayStation 5"),
        ("PlayStation 4", "PlayStation 4"),
        ("PlayStation", "PlayStation"),
        ("Xbox", "Xbox"),
        ("Nintendo Switch", "Nintendo Switch"),
        ("CrKey", "Chromecast"),
    ];
    NAMES.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
}

pub(super) fn kind(text: &str, system: Option<&str>) -> Kind {
    const TELEVISIONS: [&str; 8] =
        ["SmartTV", "SMART-TV", "Smart TV", "Web0S", "BRAVIA", "Android TV", "AFT", "GoogleTV"];
    let is_mobile = text.contains("Mobile");
    match system {
        Some("Apple TV" | "Chromecast" | "webOS TV" | "Roku" | "tvOS") => Kind::Television,
        _ if TELEVISIONS.iter().any(|mark| text.contains(mark)) => Kind::Television,
        Some("iPhone" | "iPod" | "iOS" | "Windows Phone" | "KaiOS" | "BlackBerry OS") => {
            Kind::Phone
        }
        // Apps need not send `Mobile`, as browsers do.
        Some("Android") if is_mobile || !text.starts_with("Mozilla/") => Kind::Phone,
        Some("iPad" | "Android") => Kind::Tablet,
        Some("Windows" | "macOS" | "Linux" | "ChromeOS" | "FreeBSD" | "OpenBSD" | "NetBSD") => {
            Kind::Computer
        }
        Some(other) if other.starts_with("PlayStation") || other.starts_with("Nintendo") => {
            Kind::Console
        }
        Some("Xbox") => Kind::Console,
        _ => Kind::Unknown,
    }
}

/// HTTP clients that are libraries or command-line tools, by the names they send.
pub(super) fn tool(name: &str) -> Option<&'static str> {
    const NAMES: [(&str, &str); 25] = [
        ("curl", "curl"),
        ("Wget", "Wget"),
        ("HTTPie", "HTTPie"),
        ("PostmanRuntime", "Postman"),
        ("insomnia", "Insomnia"),
        ("python-requests", "Python Requests"),
        ("python-httpx", "Python HTTPX"),
        ("Python-urllib", "Python"),
        ("Python", "Python"),
        ("aiohttp", "Python"),
        ("Go-http-client", "Go"),
        ("okhttp", "OkHttp"),
        ("axios", "axios"),
        ("node", "Node.js"),
        ("node-fetch", "Node.js"),
        ("undici", "Node.js"),
        ("Deno", "Deno"),
        ("Bun", "Bun"),
        ("Java", "Java"),
        ("Apache-HttpClient", "Java"),
        ("Java-http-client", "Java"),
        ("Dart", "Dart"),
        ("reqwest", "Rust"),
        ("Ruby", "Ruby"),
        ("GuzzleHttp", "PHP"),
    ];
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, tool)| *tool)
}

/// Returns true for names that browsers, and apps built on them, send besides their own.
pub(super) fn is_engine(name: &str) -> bool {
    const ENGINES: [&str; 14] = [
        "Mozilla",
        "AppleWebKit",
        "Chrome",
        "Safari",
        "Mobile",
        "Version",
        "Electron",
        "Gecko",
        "KHTML",
        "Build",
        "Chromium",
        "Presto",
        "Trident",
        "Opera",
    ];
    ENGINES.contains(&name)
}
