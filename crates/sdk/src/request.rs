//! Sending a request, again where that is safe, and reading its answer.

use std::time::{Duration, Instant};

use guildhall_types::Page;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api_error::{ApiError, excerpt};
use crate::link::Links;
use crate::path::{path, query};
use crate::retry::{self, Policy};
use crate::walk::Rows;
use crate::{Client, Error};

/// The most bytes of an answer that are read, decompressed.
const MOST_BODY_BYTES: usize = 64 * 1024 * 1024;

/// How requests go out, and how often.
#[derive(Clone)]
pub(crate) struct Transport {
    /// Carries the secret key, if there is one, marked as sensitive, among its default headers.
    pub(crate) http: reqwest::Client,
    /// For one call, with all its attempts.
    pub(crate) timeout: Duration,
    pub(crate) policy: Policy,
}

/// A request before it is sent.
struct Request {
    method: Method,
    /// The method by whose rule it is sent again.
    repeated_as: Method,
    url: String,
    body: Option<Vec<u8>>,
}

/// A successful answer before it is read.
struct Answer {
    status: u16,
    trace_id: Option<String>,
    links: Links,
    body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
#[error("the body is larger than {MOST_BODY_BYTES} bytes")]
struct BodyTooLarge;

impl Client {
    /// Reads what is at the path of `segments`.
    pub(crate) async fn get<Q: Serialize, T: DeserializeOwned>(
        &self,
        segments: &[&str],
        request: &Q,
    ) -> Result<T, Error> {
        self.query(segments, request).await?.decode()
    }

    /// Reads a page of the list at the path of `segments`, with the links to its neighbours.
    pub(crate) async fn get_rows<Q: Serialize, T: DeserializeOwned>(
        &self,
        segments: &[&str],
        request: &Q,
    ) -> Result<Rows<T>, Error> {
        let mut answer = self.query(segments, request).await?;
        let links = std::mem::take(&mut answer.links);
        Ok(Rows::linked(answer.decode::<Page<T>>()?, links))
    }

    async fn query<Q: Serialize>(&self, segments: &[&str], request: &Q) -> Result<Answer, Error> {
        let mut url = self.url(segments)?;
        let query = query(request);
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        let request = Request::new(Method::GET, url);
        self.shared.transport.send_until_done(&request).await
    }

    /// Sends `body` as JSON.
    pub(crate) async fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        segments: &[&str],
        body: &B,
    ) -> Result<T, Error> {
        self.call(Request::with_json(method, self.url(segments)?, body)).await
    }

    /// Sends `body` as JSON by `POST`, for an answer that changes nothing.
    pub(crate) async fn ask<B: Serialize, T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &B,
    ) -> Result<T, Error> {
        let request = Request::with_json(Method::POST, self.url(segments)?, body);
        self.call(Request { repeated_as: Method::GET, ..request }).await
    }

    /// Sends `body` as JSON, where a success has nothing to say.
    pub(crate) async fn send_for_nothing<B: Serialize>(
        &self,
        method: Method,
        segments: &[&str],
        body: &B,
    ) -> Result<(), Error> {
        let request = Request::with_json(method, self.url(segments)?, body);
        self.shared.transport.send_until_done(&request).await.map(drop)
    }

    /// Deletes what is at the path of `segments`.
    pub(crate) async fn remove<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, Error> {
        let url = self.url(segments)?;
        self.call(Request::new(Method::DELETE, url)).await
    }

    fn url(&self, segments: &[&str]) -> Result<String, Error> {
        Ok(format!("{}{}", self.base_url(), path(segments)?))
    }

    async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        self.shared.transport.send_until_done(&request).await?.decode()
    }
}

impl Transport {
    /// Reads what is at `url`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Error> {
        let request = Request::new(Method::GET, url.to_owned());
        self.send_until_done(&request).await?.decode()
    }

    /// Sends a request as often as the retry rule allows within the time of one call.
    async fn send_until_done(&self, request: &Request) -> Result<Answer, Error> {
        let started = Instant::now();
        let mut attempt = 1;
        loop {
            let left = self.timeout.saturating_sub(started.elapsed());
            let error = match self.send_once(request, left).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let wait = error.failure().and_then(|failure| {
                self.policy.wait(&request.repeated_as, failure, attempt, fastrand::f64())
            });
            let left = self.timeout.saturating_sub(started.elapsed());
            match wait {
                Some(wait) if wait < left => tokio::time::sleep(wait).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn send_once(&self, request: &Request, timeout: Duration) -> Result<Answer, Error> {
        let mut sending = self.http.request(request.method.clone(), &request.url).timeout(timeout);
        if let Some(body) = &request.body {
            sending = sending.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = sending.send().await?;
        if response.status().is_success() {
            success(response).await
        } else {
            Err(refusal(response).await)
        }
    }
}

impl Request {
    fn new(method: Method, url: String) -> Self {
        Self { repeated_as: method.clone(), method, url, body: None }
    }

    fn with_json<B: Serialize>(method: Method, url: String, body: &B) -> Self {
        let body = serde_json::to_vec(body).expect("request structs always have a JSON form");
        Self { body: Some(body), ..Self::new(method, url) }
    }
}

impl Answer {
    fn decode<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|source| Error::Decode {
            status: self.status,
            trace_id: self.trace_id,
            excerpt: excerpt(&self.body),
            source: Box::new(source),
        })
    }
}

async fn success(mut response: Response) -> Result<Answer, Error> {
    let status = response.status().as_u16();
    let trace_id = trace_id(response.headers());
    let links = Links::read(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BODY_BYTES {
            let excerpt = excerpt(&body);
            return Err(Error::Decode {
                status,
                trace_id,
                excerpt,
                source: Box::new(BodyTooLarge),
            });
        }
    }
    Ok(Answer { status, trace_id, links, body })
}

/// The error an answer stands for: its status counts even when its body is cut off.
async fn refusal(mut response: Response) -> Error {
    let status = response.status();
    let trace_id = trace_id(response.headers());
    let retry_after = retry_after(response.headers());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BODY_BYTES {
            break;
        }
    }
    Error::Api(Box::new(ApiError::read(status, trace_id, retry_after, &body)))
}

fn trace_id(headers: &HeaderMap) -> Option<String> {
    // Answers made at Clerk's edge, before its servers, carry only the name the edge gave them.
    let value = text(headers, "x-clerk-trace-id").or_else(|| text(headers, "cf-ray"))?;
    Some(value.to_owned())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry::retry_after(text(headers, RETRY_AFTER.as_str())?, text(headers, DATE.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
