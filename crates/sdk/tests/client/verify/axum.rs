//! Handlers of an application that verifies the sessions of its requests.

use std::time::Duration;

use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Extension, Router};
use guildhall_sdk::{
    Client, CreateSession, LayerSession, SessionLayer, SessionRejection, TokenVerifier,
    VerifiedSession,
};
use guildhall_testing::TestServer;
use reqwest::header::{AUTHORIZATION, COOKIE, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::signer::{OTHER, SIGNER, by_pem, claims, claims_with};

#[derive(Clone)]
struct Application {
    verifier: TokenVerifier,
}

impl FromRef<Application> for TokenVerifier {
    fn from_ref(application: &Application) -> Self {
        application.verifier.clone()
    }
}

async fn own(session: VerifiedSession) -> String {
    session.user_id.to_string()
}

async fn anybody(session: Option<VerifiedSession>) -> String {
    session.map_or_else(|| "nobody".to_owned(), |session| session.user_id.to_string())
}

async fn told(session: Result<VerifiedSession, SessionRejection>) -> Result<String, Redirect> {
    session.map(|session| session.user_id.to_string()).map_err(|_| Redirect::to("/sign-in"))
}

async fn of_layer(LayerSession(session): LayerSession) -> String {
    session.user_id.to_string()
}

async fn anybody_of_layer(session: Option<LayerSession>) -> String {
    session.map_or_else(|| "nobody".to_owned(), |session| session.0.user_id.to_string())
}

async fn anybody_of_extension(session: Option<Extension<VerifiedSession>>) -> String {
    session.map_or_else(|| "nobody".to_owned(), |session| session.0.user_id.to_string())
}

async fn extension(Extension(session): Extension<VerifiedSession>) -> String {
    session.user_id.to_string()
}

fn with_state(verifier: TokenVerifier) -> Router {
    Router::new()
        .route("/own", get(own))
        .route("/anybody", get(anybody))
        .route("/told", get(told))
        .with_state(Application { verifier })
}

/// Serves on a free port of loopback until the test ends; gives the address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn request(url: String) -> RequestBuilder {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.build().expect("it can be set up").get(url)
}

async fn text(request: RequestBuilder) -> (u16, String) {
    let answer = request.send().await.expect("the application answers");
    (answer.status().as_u16(), answer.text().await.expect("it is text"))
}

/// The first error of an answer, and its header of that name.
async fn refusal(answer: Response) -> (u16, Value) {
    assert_eq!(answer.headers()["content-type"], "application/json");
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.expect("it is JSON");
    (status, body["errors"][0].clone())
}

#[tokio::test]
async fn the_session_of_a_header_or_a_cookie_is_an_argument_of_a_handler() {
    let application = serve(with_state(by_pem().build().unwrap())).await;
    let token = SIGNER.token(&claims());

    let header = request(format!("{application}/own")).bearer_auth(&token);
    let cookie = request(format!("{application}/own"));
    let cookie = cookie.header(COOKIE, format!("theme=dark; __session={token}"));
    // What stands in the header counts.
    let both = request(format!("{application}/own")).bearer_auth(&token);
    let both = both.header(COOKIE, "__session=a.b.c");

    for sent in [header, cookie, both] {
        assert_eq!(text(sent).await, (200, "user_1".to_owned()));
    }
}

#[tokio::test]
async fn who_proves_no_session_is_told_so_in_the_shape_of_the_api() {
    let application = serve(with_state(by_pem().build().unwrap())).await;
    let expired = SIGNER.token(&claims_with(json!({ "exp": 1 })));
    let foreign = OTHER.token(&claims());

    for (token, challenge) in [
        (None, "Bearer"),
        (Some(expired.as_str()), "Bearer error=\"invalid_token\""),
        (Some(foreign.as_str()), "Bearer error=\"invalid_token\""),
        (Some("a.b.c"), "Bearer error=\"invalid_token\""),
    ] {
        let mut sent = request(format!("{application}/own"));
        if let Some(token) = token {
            sent = sent.bearer_auth(token);
        }
        let answer = sent.send().await.unwrap();

        assert_eq!(answer.headers()[WWW_AUTHENTICATE], challenge);
        let (status, error) = refusal(answer).await;
        assert_eq!((status, &error["code"]), (401, &json!("authentication_invalid")));
        assert_eq!(error["message"], "Invalid authentication");
        let long = "Unable to authenticate the request, you need to supply an active session";
        assert_eq!(error["long_message"], long);
    }
}

#[tokio::test]
async fn a_handler_may_do_without_a_session() {
    let application = serve(with_state(by_pem().build().unwrap())).await;
    let asked = |path: &str| request(format!("{application}{path}"));
    let good = SIGNER.token(&claims());
    let expired = SIGNER.token(&claims_with(json!({ "exp": 1 })));

    let nobody = (200, "nobody".to_owned());
    assert_eq!(text(asked("/anybody")).await, nobody);
    assert_eq!(text(asked("/anybody").bearer_auth(expired)).await, nobody);
    assert_eq!(text(asked("/anybody").bearer_auth(&good)).await, (200, "user_1".to_owned()));
    assert_eq!(text(asked("/told")).await.0, 303);
    assert_eq!(text(asked("/told").bearer_auth(good)).await, (200, "user_1".to_owned()));
}

#[tokio::test]
async fn without_keys_nobody_is_called_signed_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    drop(listener);
    let verifier = TokenVerifier::with_jwks_url(url);
    let verifier = verifier.fetch_timeout(Duration::from_millis(100)).build().unwrap();
    let layered = Router::new()
        .route("/layer", get(anybody_of_layer))
        .route("/extension", get(anybody_of_extension));
    let layered = layered.layer(SessionLayer::new(verifier.clone()));
    let application = serve(with_state(verifier).merge(layered)).await;
    let token = SIGNER.token(&claims());

    for path in ["/own", "/anybody", "/layer", "/extension"] {
        let sent = request(format!("{application}{path}")).bearer_auth(&token);
        let answer = sent.send().await.unwrap();

        assert_eq!(answer.headers()[RETRY_AFTER], "10", "{path}");
        let (status, error) = refusal(answer).await;
        assert_eq!((status, &error["code"]), (503, &json!("service_unavailable")), "{path}");
    }
    for path in ["/anybody", "/layer", "/extension"] {
        let nobody = text(request(format!("{application}{path}"))).await;
        assert_eq!(nobody, (200, "nobody".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn middleware_learns_why_an_extractor_has_refused() {
    async fn reason(answer: axum::response::Response) -> (StatusCode, String) {
        let rejection = answer.extensions().get::<SessionRejection>();
        (answer.status(), rejection.map_or_else(String::new, ToString::to_string))
    }
    let router = with_state(by_pem().build().unwrap());
    let application = serve(router.layer(axum::middleware::map_response(reason))).await;
    let expired = SIGNER.token(&claims_with(json!({ "exp": 1 })));

    let (status, said) = text(request(format!("{application}/own")).bearer_auth(expired)).await;

    assert_eq!(status, 401);
    assert!(said.contains("expired"), "{said}");
}

#[tokio::test]
async fn a_layer_passes_the_session_on_to_handlers_of_any_state() {
    let layer = SessionLayer::new(by_pem().build().unwrap());
    let router = Router::new()
        .route("/layer", get(of_layer))
        .route("/anybody", get(anybody_of_layer))
        .route("/extension", get(extension))
        .layer(layer)
        .route("/outside", get(of_layer));
    let application = serve(router).await;
    let asked = |path: &str| request(format!("{application}{path}"));
    let token = SIGNER.token(&claims());

    for path in ["/layer", "/anybody", "/extension"] {
        let answer = text(asked(path).bearer_auth(&token)).await;
        assert_eq!(answer, (200, "user_1".to_owned()), "{path}");
    }
    assert_eq!(text(asked("/layer")).await.0, 401);
    assert_eq!(text(asked("/anybody")).await, (200, "nobody".to_owned()));
    let outside = asked("/outside").bearer_auth(&token).send().await.unwrap();
    assert_eq!(refusal(outside).await.0, 500);
}

#[tokio::test]
async fn a_token_is_verified_once_by_layers_and_extractors_of_one_verifier() {
    async fn take_token_away(mut request: axum::extract::Request) -> axum::extract::Request {
        request.headers_mut().remove(AUTHORIZATION);
        request
    }
    let verifier = by_pem().build().unwrap();
    let another = by_pem().build().unwrap();
    let inside = |verifier: &TokenVerifier| {
        let layer = SessionLayer::new(verifier.clone()).require_session();
        with_state(verifier.clone()).layer(layer)
    };
    let router = Router::new()
        .nest("/same", inside(&verifier))
        .nest("/another", inside(&another))
        .layer(axum::middleware::map_request(take_token_away))
        .layer(SessionLayer::new(verifier));
    let application = serve(router).await;
    let token = SIGNER.token(&claims());

    let same = text(request(format!("{application}/same/own")).bearer_auth(&token)).await;
    let another = text(request(format!("{application}/another/own")).bearer_auth(&token)).await;

    assert_eq!(same, (200, "user_1".to_owned()));
    assert_eq!(another.0, 401);
}

#[tokio::test]
async fn a_route_may_require_a_role_or_a_permission() {
    let server = TestServer::start().await;
    let http = server.http();
    let edit = http.permission("org:posts:edit").await;
    http.role("org:editor", &[&edit]).await;
    let (organization, admin) = http.organization_with_admin().await;
    let (editor, stranger) = (http.anybody().await, http.anybody().await);
    http.join(&organization, &editor, "org:editor").await;
    let client = server.client();
    let layer = || SessionLayer::new(TokenVerifier::with_client(&client).build().unwrap());
    let both = layer().require_role("org:editor").require_permission("org:posts:edit");
    let router = Router::new()
        .route("/admins", get(of_layer).layer(layer().require_role("admin")))
        .route("/posts", get(of_layer).layer(layer().require_permission("posts:edit")))
        .route("/both", get(of_layer).layer(both));
    let application = serve(router).await;

    for (user, allowed) in
        [(&admin, ["/admins"].as_slice()), (&editor, &["/posts", "/both"]), (&stranger, &[])]
    {
        let token = token(&client, user).await;
        for path in ["/admins", "/posts", "/both"] {
            let sent = request(format!("{application}{path}")).bearer_auth(&token);
            let answer = sent.send().await.unwrap();
            let expected = if allowed.contains(&path) { 200 } else { 403 };
            assert_eq!(answer.status().as_u16(), expected, "{user} at {path}");
        }
    }

    let admin = token(&client, &admin).await;
    let asked = |path: &str| request(format!("{application}{path}")).bearer_auth(&admin).send();
    let (_, error) = refusal(asked("/posts").await.unwrap()).await;
    assert_eq!(error["code"], "missing_organization_permission");
    assert_eq!(error["meta"], json!({ "permissions": ["posts:edit"] }));
    let (_, error) = refusal(asked("/both").await.unwrap()).await;
    assert_eq!(error["code"], "authorization_invalid");
    let (status, error) =
        refusal(request(format!("{application}/posts")).send().await.unwrap()).await;
    assert_eq!((status, &error["code"]), (401, &json!("authentication_invalid")));
}

async fn token(client: &Client, user_id: &str) -> String {
    let session = client.sessions().create(&CreateSession::new(user_id)).await;
    let session = session.expect("the user can sign in");
    client.sessions().create_token(&session.id, None).await.expect("it is active").jwt
}
