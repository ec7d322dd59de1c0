//! Older versions of Kratos: the service starts on their tables, and columns that they lack read as
//! empty.

use elsewhere::clock::Clock;

use crate::support::databases::{Kind, on_every_database};
use crate::support::http_client::{get, send};
use crate::support::kratos::older_versions::{older_versions, session_id};
use crate::support::people::NOW;
use crate::support::service::{Service, config};

on_every_database! { every_version_is_served }

fn every_version_is_served(kind: Kind) {
    for version in older_versions(kind) {
        let database = version.database(kind, 3);
        let version = version.name;
        for level in ["aal1", "highest_available"] {
            let settings = [
                ("database.url", database.url.as_str()),
                ("database.schema", "kratos"),
                ("session.cookies", "false"),
                ("session.required_aal", level),
            ];
            let service = Service::start(&config(settings), Clock::fixed(NOW));
            let list = get(service.public, "/sessions", "token-of-session-1");
            assert_eq!(list.ids().len(), 2, "{version} {level}: {list:?}");
            let whoami = get(service.public, "/sessions/whoami", "token-of-session-1");
            let identity = &whoami.json()["identity"];
            assert_eq!(identity["traits"]["email"], "ana@example.org", "{version}: {whoami:?}");
            assert_eq!(identity.get("external_id"), None, "{version}");
            assert!(identity["organization_id"].is_null(), "{version}");
            let all = send(service.admin, "GET", "/admin/sessions?expand=identity", &[]);
            assert_eq!(all.ids().len(), 3, "{version}: {all:?}");
        }
        let settings = [
            ("database.url", database.url.as_str()),
            ("database.schema", "kratos"),
            ("session.cookies", "false"),
        ];
        let service = Service::start(&config(settings), Clock::fixed(NOW));
        let path = format!("/sessions/{}", session_id(2));
        let token = [("X-Session-Token", b"token-of-session-1".as_slice())];
        assert_eq!(send(service.public, "DELETE", &path, &token).status, 204, "{version}");
        assert_eq!(get(service.public, "/sessions/whoami", "token-of-session-2").status, 401);
        assert_eq!(send(service.public, "DELETE", "/sessions", &token).json()["count"], 1);
    }
}
