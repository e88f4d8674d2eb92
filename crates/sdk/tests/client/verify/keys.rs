//! When keys are fetched, how long they serve, and what becomes of tokens meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use guildhall_sdk::{Error, TokenVerifier, TokenVerifierBuilder, VerifyError};
use serde_json::{Value, json};

use super::signer::{NOW, OTHER, SIGNER, Signer, StandingClock, claims, claims_with};
use crate::loopback::{Answer, Loopback};

/// A server of keys that the test changes, and a clock that it moves.
struct Service {
    server: Loopback,
    /// The keys that it lists; as `None` it fails.
    keys: Arc<Mutex<Option<Value>>>,
    clock: Arc<StandingClock>,
}

impl Service {
    async fn listing(signers: &[&Signer]) -> Self {
        let keys = Arc::new(Mutex::new(Some(set(signers))));
        let listed = Arc::clone(&keys);
        let answers = move |_: &_| match &*listed.lock().expect("no test panics with it") {
            Some(keys) => Answer::json(200, keys),
            None => Answer::json(500, &json!({ "errors": [] })),
        };
        Self { server: Loopback::answering(answers).await, keys, clock: Arc::default() }
    }

    fn list(&self, keys: Option<Value>) {
        *self.keys.lock().expect("no test panics with it") = keys;
    }

    fn builder(&self) -> TokenVerifierBuilder {
        let clock = Arc::clone(&self.clock);
        TokenVerifier::with_client(&self.server.client()).clock(move || clock.now())
    }

    fn verifier(&self) -> TokenVerifier {
        self.builder().build().expect("the settings are good")
    }

    fn requests(&self) -> usize {
        self.server.requests().len()
    }
}

fn set(signers: &[&Signer]) -> Value {
    json!({ "keys": signers.iter().map(|signer| signer.listed()).collect::<Vec<_>>() })
}

/// A token that is good for an hour.
fn token(signer: &Signer) -> String {
    signer.token(&claims_with(json!({ "exp": NOW + 86_400 })))
}

/// A token that names a key which nobody has.
fn token_of_key(key_id: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": key_id, "typ": "JWT" });
    SIGNER.token_with(&header, &claims())
}

#[track_caller]
fn is_unavailable(result: Result<impl Sized, VerifyError>) {
    match result {
        Err(error) => assert!(error.is_unavailable(), "{error}"),
        Ok(_) => panic!("the token was verified"),
    }
}

#[tokio::test]
async fn keys_are_fetched_once_with_the_secret_key_when_first_needed() {
    let service = Service::listing(&[&SIGNER, &OTHER]).await;
    let verifier = service.verifier();
    assert_eq!(service.requests(), 0);

    for signer in [&SIGNER, &OTHER, &SIGNER] {
        verifier.clone().verify(&token(signer)).await.unwrap();
    }

    let request = service.server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/v1/jwks"));
    assert_eq!(request.header("authorization"), Some("Bearer sk_test_loopback"));
}

#[tokio::test]
async fn a_public_address_is_asked_without_a_key() {
    let service = Service::listing(&[&SIGNER]).await;
    let url = format!("{}/.well-known/jwks.json", service.server.base_url());
    let clock = Arc::clone(&service.clock);
    let verifier = TokenVerifier::with_jwks_url(url).clock(move || clock.now()).build().unwrap();

    verifier.fetch_keys().await.unwrap();
    verifier.verify(&token(&SIGNER)).await.unwrap();

    let request = service.server.request();
    assert_eq!(request.target, "/.well-known/jwks.json");
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn the_key_is_the_one_that_the_token_names() {
    let service = Service::listing(&[&SIGNER, &OTHER]).await;
    let verifier = service.verifier();

    let other = verifier.verify(&token_of_key(OTHER.key_id)).await.unwrap_err();
    let none = SIGNER.token_with(&json!({ "alg": "RS256" }), &claims());
    let none = verifier.verify(&none).await.unwrap_err();

    assert!(matches!(other, VerifyError::SignatureInvalid), "{other}");
    assert!(matches!(none, VerifyError::Malformed { .. }), "{none}");
}

#[tokio::test]
async fn callers_who_come_at_once_share_one_request() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    let token = token(&SIGNER);

    let results = join_all((0..50).map(|_| verifier.verify(&token))).await;

    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_request_goes_on_when_the_caller_who_began_it_leaves() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    let token = token(&SIGNER);

    let mut first = Box::pin(verifier.verify(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    verifier.verify(&token).await.unwrap();

    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn keys_are_fetched_again_after_their_time() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.builder().cache_for(Duration::from_secs(60)).build().unwrap();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.list(Some(set(&[&OTHER])));

    service.clock.advance(59);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.clock.advance(1);
    let withdrawn = verifier.verify(&token(&SIGNER)).await.unwrap_err();

    assert!(matches!(withdrawn, VerifyError::KeyUnknown), "{withdrawn}");
    verifier.verify(&token(&OTHER)).await.unwrap();
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn keys_serve_for_five_minutes_by_default() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();

    service.clock.advance(299);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    assert_eq!(service.requests(), 1);
    service.clock.advance(1);
    verifier.verify(&token(&SIGNER)).await.unwrap();

    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.list(Some(set(&[&OTHER, &SIGNER])));

    service.clock.advance(10);
    verifier.verify(&token(&OTHER)).await.unwrap();

    verifier.verify(&token(&SIGNER)).await.unwrap();
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn invented_keys_make_no_more_requests_than_one_each_ten_seconds() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();

    for round in 0..30 {
        let tokens: Vec<String> =
            (0..10).map(|index| token_of_key(&format!("{round}-{index}"))).collect();
        for result in join_all(tokens.iter().map(|token| verifier.verify(token))).await {
            assert!(matches!(result, Err(VerifyError::KeyUnknown)), "{result:?}");
        }
        service.clock.advance(1);
    }

    // The first at the start, then after 10 and 20 seconds.
    assert_eq!(service.requests(), 3);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    assert_eq!(service.requests(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn invented_keys_on_many_threads_make_one_request() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.clock.advance(10);

    let calls: Vec<_> = (0..400)
        .map(|index| {
            let (verifier, token) = (verifier.clone(), token_of_key(&index.to_string()));
            tokio::spawn(async move { verifier.verify(&token).await })
        })
        .collect();
    for call in calls {
        assert!(matches!(call.await.unwrap(), Err(VerifyError::KeyUnknown)));
    }

    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn without_any_keys_nothing_is_said_of_a_token() {
    let service = Service::listing(&[]).await;
    service.list(None);
    let verifier = service.verifier();

    let error = verifier.verify(&token(&SIGNER)).await.unwrap_err();
    let VerifyError::KeysUnavailable { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.status(), Some(500));
    is_unavailable(verifier.verify(&token_of_key("invented")).await);
    is_unavailable(verifier.verify(&token(&SIGNER)).await);
    assert_eq!(service.requests(), 1, "a server that fails is left alone for a while");

    service.list(Some(set(&[&SIGNER])));
    service.clock.advance(10);
    verifier.verify(&token(&SIGNER)).await.unwrap();
}

#[tokio::test]
async fn a_refusal_of_the_secret_key_is_told_as_such() {
    let answer = json!({ "errors": [{ "code": "clerk_key_invalid", "message": "invalid" }] });
    let server = Loopback::answering(move |_| Answer::json(401, &answer)).await;
    let verifier = TokenVerifier::with_client(&server.client()).build().unwrap();

    let error = verifier.fetch_keys().await.unwrap_err();

    let VerifyError::KeysUnavailable { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.code(), Some("clerk_key_invalid"));
}

#[tokio::test]
async fn known_keys_serve_for_an_hour_while_the_server_is_away() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.list(None);

    for seconds in [300, 5, 5, 3_000] {
        service.clock.advance(seconds);
        verifier.verify(&token(&SIGNER)).await.unwrap();
    }
    // One at once, none 5 seconds later, one after 10, one after 3,000.
    assert_eq!(service.requests(), 4);
    is_unavailable(verifier.verify(&token(&OTHER)).await);
    service.clock.advance(290);
    is_unavailable(verifier.verify(&token(&SIGNER)).await);

    service.list(Some(set(&[&SIGNER])));
    service.clock.advance(10);
    verifier.verify(&token(&SIGNER)).await.unwrap();
}

#[tokio::test]
async fn how_long_known_keys_serve_can_be_set() {
    let service = Service::listing(&[&SIGNER]).await;
    let times = service.builder().cache_for(Duration::from_secs(10)).keep_for(Duration::ZERO);
    let verifier = times.build().unwrap();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.list(None);

    service.clock.advance(9);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.clock.advance(1);

    is_unavailable(verifier.verify(&token(&SIGNER)).await);
}

#[tokio::test]
async fn old_keys_do_not_serve_while_new_ones_are_on_their_way() {
    let service = Service::listing(&[&SIGNER]).await;
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    service.list(Some(set(&[&OTHER])));
    service.clock.advance(3_600);
    let token = token(&SIGNER);

    for result in join_all((0..5).map(|_| verifier.verify(&token))).await {
        assert!(matches!(result, Err(VerifyError::KeyUnknown)), "{result:?}");
    }
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn a_clock_that_goes_back_makes_keys_be_fetched_again_but_not_go() {
    let service = Service::listing(&[&SIGNER]).await;
    service.clock.advance(3_600);
    let verifier = service.verifier();
    verifier.verify(&token(&SIGNER)).await.unwrap();

    service.clock.go_back(1_800);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    verifier.verify(&token(&SIGNER)).await.unwrap();
    assert_eq!(service.requests(), 2);

    service.list(None);
    service.clock.go_back(1_800);
    verifier.verify(&token(&SIGNER)).await.unwrap();
    assert_eq!(service.requests(), 3);
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over() {
    let with = |name: &str, value: Value| {
        let mut key = SIGNER.listed();
        key[name] = value;
        key
    };
    let foreign = vec![
        json!({ "kid": "ins_1", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
        json!({ "kty": "RSA" }),
        json!("no key"),
        with("use", json!("enc")),
        with("alg", json!("RS512")),
        with("n", json!("AQAB")),
        with("n", json!("not base64!")),
        with("e", json!("")),
    ];
    let mut minimal = SIGNER.listed();
    for name in ["use", "alg"] {
        minimal.as_object_mut().unwrap().remove(name);
    }
    let service = Service::listing(&[]).await;

    service.list(Some(json!({ "keys": foreign })));
    is_unavailable(service.verifier().verify(&token(&SIGNER)).await);
    let among = [foreign, vec![minimal, OTHER.listed()]].concat();
    service.list(Some(json!({ "keys": among })));
    let verifier = service.verifier();

    verifier.verify(&token(&SIGNER)).await.unwrap();
    verifier.verify(&token(&OTHER)).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_no_set_of_keys_is_a_failure() {
    for body in [json!({ "keys": [] }), json!({}), json!([]), json!({ "keys": 1 }), json!("text")] {
        let server = Loopback::answering({
            let body = body.clone();
            move |_| Answer::json(200, &body)
        });
        let client = server.await.client();

        let error = TokenVerifier::with_client(&client).build().unwrap().fetch_keys().await;

        let error = error.unwrap_err();
        let VerifyError::KeysUnavailable { source, .. } = &error else { panic!("{body}: {error}") };
        assert!(matches!(**source, Error::Decode { .. }), "{body}: {source}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_longer_than_said() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    let limit = Duration::from_millis(50);
    let verifier = TokenVerifier::with_jwks_url(url).fetch_timeout(limit).build().unwrap();

    is_unavailable(verifier.verify(&token(&SIGNER)).await);
}
