//! The bare server: it reads the same requests through the same HTTP stack, has one thread write the
//! same rows by the bare driver, and answers when they are on the disk. It knows no keys, rules, roles
//! or metrics, and looks nothing up. As the driver it moves the log within its commits, and a commit
//! takes what waits; so it tells what such a server has, and is no bound that none can pass.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path as Ids, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{patch, post, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::driver::Driver;
use crate::fixed;
use crate::writes::{Into, Step};

/// As many rows as Guildhall writes in a commit at most.
const BATCH: usize = 256;

/// The ids of an organization and of a user.
type Two = (String, String);

/// What is to be written, `PUT /rows`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Rows {
    /// The organizations, in turns.
    pub(crate) organizations: Vec<String>,
    pub(crate) users: Vec<String>,
    /// What every write is answered with.
    pub(crate) answer: String,
}

/// A write on its way.
struct Write {
    step: Step,
    number: usize,
    done: oneshot::Sender<()>,
}

/// What answers writes of some rows.
struct Ready {
    numbers: HashMap<String, usize>,
    writer: Sender<Write>,
    answer: Bytes,
}

#[derive(Clone)]
struct Bare {
    folder: PathBuf,
    ready: Arc<RwLock<Option<Arc<Ready>>>>,
}

/// Serves the writes of [`Rows`] in the database in `folder`.
///
/// # Errors
/// Where the address is taken.
pub(crate) async fn serve(bind: SocketAddr, folder: PathBuf) -> Result<()> {
    let members = "/v1/organizations/{organization}/memberships";
    let one = format!("{members}/{{user}}");
    let router = Router::new()
        .route("/rows", put(begin).layer(DefaultBodyLimit::disable()))
        .route(members, post(create))
        .route(&one, patch(update).delete(delete))
        .route(&format!("{one}/metadata"), patch(merge))
        .with_state(Bare { folder, ready: Arc::default() });
    fixed::listen(bind, router).await
}

async fn begin(State(bare): State<Bare>, body: Bytes) -> Response {
    match ready(&bare.folder, &body) {
        Ok(ready) => {
            *bare.ready.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(ready));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error:#}")).into_response(),
    }
}

fn ready(folder: &Path, body: &[u8]) -> Result<Ready> {
    let Rows { organizations, users, answer } = serde_json::from_slice(body)?;
    let into = Into { name: String::new(), organizations: organizations.into() };
    let driver = Driver::open(folder, &into, &users)?;
    let (writer, queue) = channel();
    std::thread::spawn(move || write(&driver, &queue));
    let numbers = users.into_iter().zip(0..).collect();
    Ok(Ready { numbers, writer, answer: answer.into() })
}

impl Write {
    fn answer(self) {
        // Who asked may be gone.
        let _ = self.done.send(());
    }
}

/// Writes what waits, in one commit, until there are other rows to write. Whoever gets no answer sees
/// that something failed.
fn write(driver: &Driver, queue: &Receiver<Write>) {
    while let Ok(first) = queue.recv() {
        let batch: Vec<Write> =
            std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        let writes: Vec<_> = batch.iter().map(|write| (write.step, write.number)).collect();
        match driver.commit(&writes) {
            Ok(()) => batch.into_iter().for_each(Write::answer),
            Err(error) => eprintln!("the bare server cannot write: {error:#}"),
        }
    }
}

impl Bare {
    async fn write(&self, step: Step, user: &str) -> Result<Response> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner).clone();
        let ready = ready.context("no rows")?;
        let number = *ready.numbers.get(user).context("no such user")?;
        let (done, written) = oneshot::channel();
        ready.writer.send(Write { step, number, done })?;
        written.await?;
        let kind = [(header::CONTENT_TYPE, "application/json")];
        Ok((kind, Body::from(ready.answer.clone())).into_response())
    }
}

fn answered(outcome: Result<Response>) -> Response {
    outcome.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn create(State(bare): State<Bare>, Ids(_): Ids<String>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let user = body.get("user_id").and_then(Value::as_str).unwrap_or_default();
    answered(bare.write(Step::Create, user).await)
}

async fn update(State(bare): State<Bare>, Ids(ids): Ids<Two>, body: Bytes) -> Response {
    change(&bare, Step::Update, ids, &body).await
}

async fn merge(State(bare): State<Bare>, Ids(ids): Ids<Two>, body: Bytes) -> Response {
    change(&bare, Step::Merge, ids, &body).await
}

async fn change(bare: &Bare, step: Step, (_, user): Two, body: &[u8]) -> Response {
    match serde_json::from_slice::<Value>(body) {
        Ok(_) => answered(bare.write(step, &user).await),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn delete(State(bare): State<Bare>, Ids((_, user)): Ids<Two>) -> Response {
    answered(bare.write(Step::Delete, &user).await)
}
