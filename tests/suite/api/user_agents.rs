//! User agents of real browsers, apps and tools, and the labels that people see for them.

use elsewhere::i18n::ENGLISH;
use elsewhere::user_agent::UserAgent;
use proptest::prelude::*;

/// The label, the kind of device, and the User-Agent.
const KNOWN: [(&str, &str, &str); 51] = [
    // Browsers on computers.
    (
        "Chrome on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ),
    (
        "Chrome on macOS",
        "computer",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ),
    (
        "Chrome on Linux",
        "computer",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    ),
    (
        "Chrome on ChromeOS",
        "computer",
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36",
    ),
    (
        "Edge on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51",
    ),
    (
        "Edge on macOS",
        "computer",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
    ),
    (
        "Firefox on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    ),
    (
        "Firefox on Linux",
        "computer",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    ),
    (
        "Firefox on macOS",
        "computer",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:131.0) Gecko/20100101 Firefox/131.0",
    ),
    (
        "Safari on macOS",
        "computer",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    ),
    (
        "Opera on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 OPR/115.0.0.0",
    ),
    (
        "Vivaldi on Linux",
        "computer",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Vivaldi/6.9.3447.37",
    ),
    (
        "Internet Explorer on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    ),
    (
        "Yandex Browser on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36",
    ),
    (
        "Headless Chrome on Linux",
        "computer",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
    ),
    // Browsers on phones and tablets.
    (
        "Safari on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    ),
    (
        "Safari on iPad",
        "tablet",
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    ),
    (
        "Chrome on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
    ),
    (
        "Firefox on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/132.0 Mobile/15E148 Safari/605.1.15",
    ),
    (
        "Edge on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/130.0.2849.80 Mobile/15E148 Safari/605.1.15",
    ),
    (
        "Chrome on Android",
        "phone",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    ),
    (
        "Chrome on Android",
        "tablet",
        "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ),
    (
        "Firefox on Android",
        "phone",
        "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
    ),
    (
        "Samsung Internet on Android",
        "phone",
        "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
    ),
    (
        "Opera on Android",
        "phone",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36 OPR/86.0.0.0",
    ),
    (
        "Edge on Android",
        "phone",
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 EdgA/130.0.0.0",
    ),
    (
        "DuckDuckGo on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    ),
    (
        "Silk on Android",
        "tablet",
        "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/129.3.1 like Chrome/129.0.6668.100 Safari/537.36",
    ),
    // Televisions and consoles.
    (
        "Samsung TV",
        "television",
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36",
    ),
    (
        "PlayStation 5",
        "console",
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15",
    ),
    // Apps, with the additions of their operating system.
    (
        "ExampleApp 3.2 on iOS",
        "phone",
        "ExampleApp/3.2 (com.example.app; build:42; iOS 17.4.1) Alamofire/5.9.0",
    ),
    ("ExampleApp 3.2 on iPhone", "phone", "ExampleApp/3.2 (iPhone; iOS 17.4.1; Scale/3.00)"),
    ("ExampleApp 42 on iOS", "phone", "ExampleApp/42 CFNetwork/1494.0.7 Darwin/23.4.0"),
    ("Example App 3.2 on iOS", "phone", "Example%20App/3.2.1 CFNetwork/1494.0.7 Darwin/23.4.0"),
    ("ExampleApp 3.2 on Android", "phone", "ExampleApp/3.2.1 (Linux; Android 14; Pixel 8)"),
    ("Android", "phone", "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.231105.004)"),
    (
        "ExampleApp 3.2 on Android",
        "phone",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.107 Mobile Safari/537.36 ExampleApp/3.2.0",
    ),
    (
        "Facebook on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21G93 [FBAN/FBIOS;FBAV/489.0.0.50.75;FBBV/655823461;FBDV/iPhone14,5]",
    ),
    (
        "Instagram on iPhone",
        "phone",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21G93 Instagram 354.0.0.29.91 (iPhone14,5; iOS 17_6_1)",
    ),
    (
        "Slack on macOS",
        "computer",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.41.97 Chrome/130.0.6723.118 Electron/33.2.0 Safari/537.36 Sonic Slack_SSB/4.41.97",
    ),
    (
        "exampledesktop 1.4 on Windows",
        "computer",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) exampledesktop/1.4.2 Chrome/128.0.6613.186 Electron/32.2.2 Safari/537.36",
    ),
    // Tools.
    ("curl", "tool", "curl/8.5.0"),
    ("Wget", "tool", "Wget/1.21.4"),
    ("Python Requests", "tool", "python-requests/2.32.3"),
    ("Go", "tool", "Go-http-client/2.0"),
    ("Postman", "tool", "PostmanRuntime/7.42.0"),
    ("OkHttp", "tool", "okhttp/4.12.0"),
    ("Node.js", "tool", "node"),
    ("axios", "tool", "axios/1.7.7"),
    ("Java", "tool", "Java/21.0.4"),
    ("Dart", "tool", "Dart/3.5 (dart:io)"),
];

#[test]
fn known_user_agents_have_their_labels() {
    let wrong: Vec<_> = KNOWN
        .iter()
        .filter_map(|(label, kind, text)| {
            let read = UserAgent::read(text);
            let got = (ENGLISH.device(&read).into_owned(), read.kind.as_str());
            (got != ((*label).to_owned(), *kind)).then(|| format!("{label}, {kind}: {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    /// Every user agent has a label that fits on a line.
    #[test]
    fn any_text_gets_a_short_label(text in prop_oneof![
        "\\PC{0,700}",
        "(Mozilla/5.0 )?([A-Za-z ]{0,9}[/ ();.0-9%]{0,4}){0,60}",
        "[A-Za-z%20 é]{0,50}/[0-9.]{0,20} \\(.{0,40}",
    ]) {
        let read = UserAgent::read(&text);
        let label = ENGLISH.device(&read);
        prop_assert!(!label.is_empty() && label.chars().count() <= 120, "{label}");
    }
}
