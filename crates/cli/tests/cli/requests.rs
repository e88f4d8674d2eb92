//! What `guildhall members` sends.

use crate::command::{shown, stderr};
use crate::loopback::Loopback;

const EMPTY_PAGE: &str = r#"{"data":[],"total_count":0}"#;

#[test]
fn a_repeated_flag_is_sent_with_each_of_its_values() {
    let server = Loopback::json(200, EMPTY_PAGE);

    let output = server.members(&[
        "list",
        "org_1",
        "--role=org:admin",
        "--role=org:member",
        "--user-id",
        "user_1",
        "--user-id",
        "-user_2",
        "--email-address=a+b@example.com",
        "--email-address=c+d@example.com",
        "--username",
        "x&y=z",
        "--query",
        "a b#c",
    ]);

    assert_eq!(stderr(&output), "");
    let targets = server.targets();
    let (path, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').collect();
    pairs.sort_unstable();
    assert_eq!(path, "GET /v1/organizations/org_1/memberships");
    assert_eq!(
        pairs,
        [
            "email_address=a%2Bb%40example.com",
            "email_address=c%2Bd%40example.com",
            "query=a%20b%23c",
            "role=org%3Aadmin",
            "role=org%3Amember",
            "user_id=-user_2",
            "user_id=user_1",
            "username=x%26y%3Dz",
        ]
    );
}

#[test]
fn every_filter_is_sent_under_its_own_name() {
    let server = Loopback::json(200, EMPTY_PAGE);
    let filters = [
        "email_address",
        "email_address_query",
        "name_query",
        "phone_number",
        "phone_number_query",
        "query",
        "role",
        "user_id",
        "username",
        "username_query",
        "web3_wallet",
    ];
    let numbers = [
        "created_at_after",
        "created_at_before",
        "last_active_at_after",
        "last_active_at_before",
        "limit",
        "offset",
    ];
    let flag = |name: &&str| format!("--{}", name.replace('_', "-"));
    let mut arguments = vec!["list".to_owned(), "org_1".to_owned()];
    arguments.extend(filters.iter().map(|name| format!("{}=of_{name}", flag(name))));
    arguments.extend(numbers.iter().map(|name| format!("{}=7", flag(name))));
    arguments.push("--order-by=-last_name".to_owned());

    server.members(&arguments.iter().map(String::as_str).collect::<Vec<_>>());

    let targets = server.targets();
    let (_, query) = targets[0].split_once('?').expect("there is a query");
    let mut pairs: Vec<_> = query.split('&').map(str::to_owned).collect();
    pairs.sort_unstable();
    let mut expected: Vec<_> = filters.iter().map(|name| format!("{name}=of_{name}")).collect();
    expected.extend(numbers.iter().map(|name| format!("{name}=7")));
    expected.push("order_by=-last_name".to_owned());
    expected.sort_unstable();
    assert_eq!(pairs, expected);
}

#[test]
fn every_form_of_the_base_url_leads_to_the_same_path() {
    let server = Loopback::json(200, EMPTY_PAGE);

    for form in ["", "/", "//", "/v1", "/v1/"] {
        let url = format!("{}{form}", server.url());
        let output = server.members(&["list", "org_1", "--api-url", &url]);
        assert_eq!(output.status.code(), Some(0), "{url}: {}", stderr(&output));
    }
    let shouted = server.url().replace("http", "HTTP");
    server.members(&["--api-url", &shouted, "list", "org_1"]);

    let targets = server.targets();
    assert_eq!(targets.len(), 6);
    assert!(
        targets.iter().all(|it| it == "GET /v1/organizations/org_1/memberships"),
        "{targets:?}"
    );
}

#[test]
fn a_path_in_the_base_url_is_kept() {
    let server = Loopback::json(200, EMPTY_PAGE);

    for form in ["/auth", "/auth/v1/"] {
        server.members(&["list", "org_1", "--api-url", &format!("{}{form}", server.url())]);
    }

    assert_eq!(server.targets(), ["GET /auth/v1/organizations/org_1/memberships"; 2]);
}

#[test]
fn a_base_url_that_cannot_be_one_is_refused_in_one_line() {
    let server = Loopback::json(200, EMPTY_PAGE);

    for url in ["nonsense", "ftp://example.com", "http://h/v1?x=1", "http://user:word@h"] {
        let output = server.members(&["list", "org_1", "--api-url", url]);

        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with("error: `--api-url` (`CLERK_API_URL`)"), "{stderr}");
    }
    assert!(server.targets().is_empty());
}

#[test]
fn an_id_that_no_path_can_carry_is_not_sent() {
    let server = Loopback::json(200, EMPTY_PAGE);

    let output = server.members(&["get", "org_1", ".."]);
    let removed = server.members(&["remove", "org_1", "..", "--yes"]);

    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(shown(&removed), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `..` cannot be an id
    ");
}
