//! A small HTTP/1.1 server that records each request and answers from a script.

use std::sync::{Arc, Mutex};

use guildhall_sdk::{Client, ClientBuilder, OrganizationMembership};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The key that [`Loopback::client`] sends.
pub(crate) const SECRET_KEY: &str = "sk_test_loopback";

/// A server on a free port of loopback; it stops with the test's runtime.
pub(crate) struct Loopback {
    address: String,
    script: Arc<Mutex<Script>>,
}

struct Script {
    requests: Vec<Recorded>,
    answers: Box<dyn FnMut(&Recorded) -> Answer + Send>,
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What to do with a request.
pub(crate) enum Answer {
    /// Sends these bytes, head included, and closes the connection.
    Bytes(Vec<u8>),
    /// Closes the connection without an answer.
    Close,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::with_headers(status, &[("Content-Type", "application/json")], &body.to_string())
    }

    pub(crate) fn with_headers(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        Self::Bytes(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }
}

impl Recorded {
    /// The value of the only header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        assert!(values.next().is_none(), "{name} is sent twice");
        Some(value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The pairs of the query, as sent, sorted.
    pub(crate) fn pairs(&self) -> Vec<&str> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let mut pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        pairs.sort_unstable();
        pairs
    }

    /// The value in the query, as sent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.pairs().into_iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// The decoded value of a number in the query.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

impl Loopback {
    /// Answers the first request with the first answer, and so on; then closes connections.
    pub(crate) async fn scripted(answers: Vec<Answer>) -> Self {
        let mut answers = answers.into_iter();
        Self::answering(move |_| answers.next().unwrap_or(Answer::Close)).await
    }

    /// Answers each request by `answers`.
    pub(crate) async fn answering(
        answers: impl FnMut(&Recorded) -> Answer + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address").to_string();
        let script =
            Arc::new(Mutex::new(Script { requests: Vec::new(), answers: Box::new(answers) }));
        tokio::spawn(accept(listener, Arc::clone(&script)));
        Self { address, script }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(SECRET_KEY).base_url(self.base_url())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("the configuration is valid")
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.script.lock().expect("no answer panics").requests.clone()
    }

    /// The only request that came.
    pub(crate) fn request(&self) -> Recorded {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&script)));
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = {
        let mut script = script.lock().expect("no answer panics");
        let answer = (script.answers)(&request);
        script.requests.push(request);
        answer
    };
    if let Answer::Bytes(bytes) = answer {
        // The client may have gone away, which some tests want.
        let _ = stream.write_all(&bytes).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_length = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_length].to_vec()).expect("a head is ASCII");
    let mut lines = head.lines();
    let mut start = lines.next()?.split(' ');
    let mut request = Recorded {
        method: start.next()?.to_owned(),
        target: start.next()?.to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: bytes[head_length..].to_vec(),
    };
    let length = request.header("content-length").map_or(0, |it| it.parse().expect("a number"));
    while request.body.len() < length {
        stream.read_buf(&mut request.body).await.ok().filter(|read| *read > 0)?;
    }
    Some(request)
}

/// A membership of the user `user_{number}`.
pub(crate) fn membership(number: u64) -> Value {
    json!({
        "object": "organization_membership",
        "id": format!("orgmem_{number}"),
        "role": "org:member",
        "role_name": "Member",
        "permissions": null,
        "public_metadata": {},
        "private_metadata": {},
        "organization": {
            "object": "organization",
            "id": "org_1",
            "name": "Engines",
            "slug": "engines",
            "has_image": false,
            "max_allowed_memberships": 0,
            "admin_delete_enabled": true,
            "public_metadata": {},
            "created_at": 1,
            "updated_at": 1
        },
        "public_user_data": {
            "user_id": format!("user_{number}"),
            "first_name": null,
            "last_name": null,
            "image_url": "",
            "has_image": false
        },
        "created_at": 1,
        "updated_at": 1,
        "a_field_of_the_future": true
    })
}

/// A user with the id `user_{number}`.
pub(crate) fn user(number: u64) -> Value {
    json!({
        "object": "user",
        "id": format!("user_{number}"),
        "username": null,
        "first_name": null,
        "last_name": null,
        "has_image": false,
        "primary_email_address_id": null,
        "primary_phone_number_id": null,
        "primary_web3_wallet_id": null,
        "password_enabled": false,
        "two_factor_enabled": false,
        "totp_enabled": false,
        "backup_code_enabled": false,
        "email_addresses": [],
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": {},
        "external_id": null,
        "last_sign_in_at": null,
        "banned": false,
        "locked": false,
        "lockout_expires_in_seconds": null,
        "verification_attempts_remaining": null,
        "created_at": 1,
        "updated_at": 1,
        "delete_self_enabled": true,
        "create_organization_enabled": true,
        "last_active_at": null,
        "mfa_enabled_at": null,
        "mfa_disabled_at": null,
        "legal_accepted_at": null
    })
}

/// A page of memberships.
pub(crate) fn page(numbers: impl IntoIterator<Item = u64>, total_count: u64) -> Value {
    let rows: Vec<_> = numbers.into_iter().map(membership).collect();
    json!({"data": rows, "total_count": total_count})
}

/// The numbers that memberships were made of.
pub(crate) fn numbers(rows: &[OrganizationMembership]) -> Vec<u64> {
    let number = |row: &OrganizationMembership| row.id.as_str()["orgmem_".len()..].parse();
    rows.iter().map(|row| number(row).expect("a number")).collect()
}
