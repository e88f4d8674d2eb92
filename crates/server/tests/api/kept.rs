//! What was answered before is answered again only while it is true.

use futures_util::future::join_all;
use guildhall_store::{Options, Store};
use guildhall_testing::{Http, TestServer};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server whose organization has an admin and a member.
struct Stage {
    server: TestServer,
    http: Http,
    organization: String,
    list: String,
    member: String,
}

impl Stage {
    async fn set() -> Self {
        let server = TestServer::start().await;
        let http = server.http();
        let (organization, _) = http.organization_with_admin().await;
        let member = http.user(json!({ "first_name": "Ada", "last_name": "Byron" })).await;
        http.join(&organization, &member, "org:member").await;
        let list = format!("/v1/organizations/{organization}/memberships?limit=10");
        Self { server, http, organization, list, member }
    }

    /// The list, asked for so often that it is kept.
    async fn list_again(&self) -> Value {
        for number in 0..3 {
            self.http.get(&self.list).await.ok();
            self.http.get(&format!("{}&before={number}", self.list)).await.ok();
        }
        self.http.get(&self.list).await.ok()
    }

    /// The list as the server sends it in a coding: the head of the answer and its body.
    async fn list_in(&self, coding: &str) -> (String, Vec<u8>) {
        let address = self.server.base_url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let head = format!(
            "GET {} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             accept-encoding: {coding}\r\nconnection: close\r\n\r\n",
            self.list,
            self.server.secret_key(),
        );
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let body = answer.split_off(end + 4);
        (String::from_utf8(answer).expect("a head is text"), body)
    }

    /// A change, after which the list is another one, and the one that is stored.
    async fn change(&self, number: usize, method: Method, path: &str, body: Value) {
        let before = self.list_again().await;
        let mut request = self.http.request(method.clone(), path);
        if !body.is_null() {
            request = request.json(&body);
        }
        self.http.send(request).await.ok();

        let after = self.http.get(&self.list).await.ok();

        let another_address = self.http.get(&format!("{}&number={number}", self.list)).await.ok();
        // Lists with conditions are read anew.
        let as_stored = self.http.get(&format!("{}&created_at_after=0", self.list)).await.ok();
        assert_ne!(after, before, "{method} {path}");
        assert_eq!(after, another_address, "{method} {path}");
        assert_eq!(after, as_stored, "{method} {path}");
    }
}

#[tokio::test]
async fn a_list_that_was_asked_for_often_shows_every_change_at_once() {
    let stage = Stage::set().await;
    let Stage { organization, member, http, .. } = &stage;
    let memberships = format!("/v1/organizations/{organization}/memberships");
    let membership = format!("{memberships}/{member}");
    let another = http.anybody().await;
    let role = http.id_of_key("roles", "org:member").await;
    let permission = http.permission("org:doors:open").await;
    let (post, patch, delete) = (Method::POST, Method::PATCH, Method::DELETE);
    let changes = [
        (&post, memberships.clone(), json!({ "user_id": another, "role": "org:member" })),
        (&patch, membership.clone(), json!({ "role": "org:admin" })),
        (&patch, format!("{membership}/metadata"), json!({ "public_metadata": { "a": 1 } })),
        (&patch, format!("/v1/users/{member}"), json!({ "first_name": "Augusta" })),
        (&patch, format!("/v1/organizations/{organization}"), json!({ "name": "Renamed" })),
        (&patch, format!("/v1/organization_roles/{role}"), json!({ "name": "Colleague" })),
        (&post, format!("/v1/organization_roles/{role}/permissions/{permission}"), Value::Null),
        (&delete, membership, Value::Null),
        (&delete, format!("/v1/users/{another}"), Value::Null),
    ];

    for (number, (method, path, body)) in changes.into_iter().enumerate() {
        stage.change(number, method.clone(), &path, body).await;
    }
}

#[tokio::test]
async fn an_answer_that_was_kept_has_a_trace_of_its_own_and_the_coding_that_was_asked_for() {
    let stage = Stage::set().await;
    let expected = stage.list_again().await;
    let mut traces = Vec::new();

    for coding in ["identity", "gzip", "identity", "gzip", "gzip", "identity"] {
        let (head, body) = stage.list_in(coding).await;
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name))?;
            Some(line.split_once(": ")?.1.to_owned())
        };
        assert_eq!(header("content-type").as_deref(), Some("application/json"), "{head}");
        assert_eq!(header("content-encoding").is_some(), coding == "gzip", "{head}");
        assert_eq!(header("vary").as_deref(), Some("accept-encoding"), "{head}");
        assert!(header("clerk-api-version").is_some(), "{head}");
        traces.push(header("x-clerk-trace-id").expect("a trace id"));
        if coding == "identity" {
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
        }
    }

    let all = traces.len();
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), all);
}

#[tokio::test]
async fn a_key_that_another_process_revokes_opens_nothing_that_was_kept() {
    let stage = Stage::set().await;
    let store = stage.server.store();
    let instance = store.instances().await.unwrap().remove(0);
    let made = store.create_key(&instance, guildhall_store::KeyOrigin::Created).await.unwrap();
    let http = stage.http.clone().with_key(&made.secret_key);
    for _ in 0..4 {
        http.get(&stage.list).await.ok();
    }

    let another = Store::open_beside(store.database(), Options::default()).await.unwrap();
    assert!(another.revoke_key(&made.id).await.unwrap());

    for _ in 0..2 {
        assert_eq!(http.get(&stage.list).await.status, 401);
    }
    stage.http.get(&stage.list).await.ok();
}

#[tokio::test]
async fn an_instance_that_has_no_organizations_any_more_tells_of_none() {
    let stage = Stage::set().await;
    let settings = "/v1/instance/organization_settings";
    let expected = stage.list_again().await;

    stage.http.patch(settings, json!({ "enabled": false })).await.ok();
    for _ in 0..2 {
        assert_eq!(stage.http.get(&stage.list).await.status, 403);
    }
    stage.http.patch(settings, json!({ "enabled": true })).await.ok();
    assert_eq!(stage.http.get(&stage.list).await.ok(), expected);
}

#[tokio::test]
async fn who_has_written_reads_it_whatever_others_do_meanwhile() {
    let stage = Stage::set().await;
    let members = join_all((0..8).map(|_| stage.http.member(&stage.organization))).await;

    let stage = &stage;
    join_all(members.iter().map(|member| async move {
        let http = stage.http.reconnected();
        let path = format!("/v1/organizations/{}/memberships", stage.organization);
        for turn in 0..40 {
            let body = json!({ "public_metadata": { "turn": turn } });
            http.patch(&format!("{path}/{member}/metadata"), body).await.ok();
            for look in 0..4 {
                let list = http.get(&format!("{path}?limit=100&look={}", look / 2)).await.ok();
                let rows = list["data"].as_array().cloned().unwrap_or_default();
                let own = |row: &&Value| row["public_user_data"]["user_id"] == member.as_str();
                let row = rows.iter().find(own).expect("the member is listed");
                assert_eq!(row["public_metadata"]["turn"], turn);
            }
        }
    }))
    .await;
}
