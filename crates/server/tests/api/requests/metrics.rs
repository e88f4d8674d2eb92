//! `GET /metrics`: what is counted, that it is well formed, and that it tells nothing of clients.

use std::collections::{HashMap, HashSet};

use guildhall_testing::TestServer;
use reqwest::{Client, Method, Response};
use serde_json::json;

use super::raw;

/// What no label may hold; it is in everything that is sent.
const MARKER: &str = "m4rk3r";

/// A family of metrics by its kind, and every sample by its name and labels.
#[derive(Default)]
struct Scrape {
    kinds: HashMap<String, String>,
    samples: HashMap<String, f64>,
}

impl Scrape {
    async fn of(server: &TestServer) -> Self {
        Self::read(&get(server.metrics_url()).await.text().await.expect("a whole answer"))
    }

    /// Reads the text by the rules of OpenMetrics, as far as they are about what is here.
    #[track_caller]
    fn read(text: &str) -> Self {
        let mut scrape = Self::default();
        let (text, end) = text.split_at(text.len() - "# EOF\n".len());
        assert_eq!(end, "# EOF\n");
        let mut family = String::new();
        for line in text.split_terminator('\n') {
            match line.strip_prefix("# ") {
                Some(told) => scrape.description(told, &mut family),
                None => scrape.sample(line, &family),
            }
        }
        for (name, kind) in &scrape.kinds {
            if kind == "histogram" {
                scrape.check_histogram(name);
            }
        }
        scrape
    }

    #[track_caller]
    fn description(&mut self, told: &str, family: &mut String) {
        let mut words = told.splitn(3, ' ');
        let [what, name, text] = [(); 3].map(|()| words.next().expect(told));
        match what {
            "HELP" => {
                assert!(text.ends_with('.') && !text.ends_with(".."), "{told}");
                assert_ne!(name, family, "{told}");
                *family = name.to_owned();
            }
            "TYPE" => {
                assert!(["counter", "gauge", "histogram", "info"].contains(&text), "{told}");
                assert!(self.kinds.insert(name.to_owned(), text.to_owned()).is_none(), "{told}");
            }
            "UNIT" => assert!(name.ends_with(&format!("_{text}")), "{told}"),
            _ => panic!("{told}"),
        }
        assert_eq!(name, family, "{told}");
        let is_of_name = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        assert!(name.chars().all(is_of_name), "{told}");
    }

    #[track_caller]
    fn sample(&mut self, line: &str, family: &str) {
        let (series, value) = line.rsplit_once(' ').expect(line);
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let suffix = name.strip_prefix(family).expect(line);
        let suffixes: &[&str] = match self.kinds[family].as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "info" => &["_info"],
            _ => &["_sum", "_count", "_bucket"],
        };
        assert!(suffixes.contains(&suffix), "{line}");
        let labels = labels.strip_suffix('}').expect(line);
        let mut names = HashSet::new();
        // No template of a route has a quote or a comma.
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (name, value) = label.split_once("=\"").expect(line);
            let value = value.strip_suffix('"').expect(line);
            assert!(!value.is_empty() && !value.contains(['"', '\\']), "{line}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{line}");
            assert!(names.insert(name), "{line}");
        }
        let value: f64 = value.parse().expect(line);
        assert!(value >= 0.0 && value.is_finite(), "{line}");
        assert!(self.samples.insert(series.to_owned(), value).is_none(), "twice: {line}");
    }

    /// Buckets must rise to the count, the last of them without a bound.
    #[track_caller]
    fn check_histogram(&self, name: &str) {
        let counts = self.samples.iter().filter(|(it, _)| it.starts_with(&format!("{name}_count")));
        for (series, count) in counts {
            let labels = series.split_once('{').map_or("", |(_, rest)| rest.trim_end_matches('}'));
            let mut buckets: Vec<(f64, f64)> = Vec::new();
            for (series, value) in &self.samples {
                let of = series.strip_prefix(&format!("{name}_bucket{{le=\""));
                let Some((bound, rest)) = of.and_then(|it| it.split_once('"')) else { continue };
                if rest.trim_start_matches(',').trim_end_matches('}') == labels {
                    buckets.push((bound.replace("+Inf", "inf").parse().expect(series), *value));
                }
            }
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{series}: {buckets:?}");
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{series}");
        }
    }

    fn value(&self, series: &str) -> f64 {
        *self.samples.get(series).unwrap_or(&0.0)
    }

    /// How many requests with this method and route were answered with this status.
    fn answered(&self, method: &str, route: &str, status: u16) -> f64 {
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        self.value(&format!("guildhall_http_requests_total{{{labels}}}"))
    }
}

async fn get(url: &str) -> Response {
    let client = Client::builder().no_proxy().build().expect("a client can be made");
    client.get(url).send().await.expect("an answer")
}

#[tokio::test]
async fn requests_are_counted_by_method_route_and_status() {
    let server = TestServer::start().await;
    let http = server.http();

    http.get("/v1/users").await;
    http.get("/v1/users?limit=1").await;
    http.get("/v1/users/user_1").await;
    http.post("/v1/users", json!({ "first_name": 1 })).await;
    http.get("/v1/nothing").await;
    http.send(http.request(Method::DELETE, "/v1/organizations")).await;
    http.send(http.request_without_key(Method::GET, "/v1/users")).await;
    raw::send(&server, &format!("{MARKER} /v1/users"), "", b"").await;

    let scrape = Scrape::of(&server).await;
    assert_eq!(scrape.answered("GET", "/v1/users", 200), 2.0);
    assert_eq!(scrape.answered("GET", "/v1/users/{user_id}", 404), 1.0);
    assert_eq!(scrape.answered("POST", "/v1/users", 422), 1.0);
    assert_eq!(scrape.answered("GET", "-", 404), 1.0);
    assert_eq!(scrape.answered("DELETE", "/v1/organizations", 405), 1.0);
    assert_eq!(scrape.answered("GET", "/v1/users", 401), 1.0);
    assert_eq!(scrape.answered("other", "/v1/users", 405), 1.0);
    let took = "guildhall_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/users\"}";
    assert_eq!(scrape.value(took), 3.0);
}

#[tokio::test]
async fn everything_that_is_promised_is_there_from_the_start() {
    let server = TestServer::start().await;

    let scrape = Scrape::of(&server).await;

    for (name, kind) in [
        ("guildhall_http_requests_in_flight", "gauge"),
        ("guildhall_http_connections_open", "gauge"),
        ("guildhall_http_connections_refused", "counter"),
        ("guildhall_store_queued_operations", "gauge"),
        ("guildhall_store_batch_operations", "histogram"),
        ("guildhall_store_operations_decided_again", "counter"),
        ("guildhall_store_commit_duration_seconds", "histogram"),
        ("guildhall_store_connections_in_use", "gauge"),
        ("guildhall_store_cache_lookups", "counter"),
        ("guildhall_ready", "gauge"),
        ("guildhall_build", "info"),
        #[cfg(target_os = "linux")]
        ("process_cpu_seconds", "counter"),
        #[cfg(target_os = "linux")]
        ("process_start_time_seconds", "gauge"),
        #[cfg(target_os = "linux")]
        ("process_resident_memory_bytes", "gauge"),
        #[cfg(target_os = "linux")]
        ("process_open_fds", "gauge"),
    ] {
        assert_eq!(scrape.kinds.get(name).map(String::as_str), Some(kind), "{name}");
    }
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(scrape.value(&format!("guildhall_build_info{{version=\"{version}\"}}")), 1.0);
    assert_eq!(scrape.value("guildhall_ready"), 1.0);
}

#[tokio::test]
async fn nothing_that_a_client_sends_is_in_the_text() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.post("/v1/users", json!({ "username": MARKER })).await;
    let user_id = user.body["id"].as_str().unwrap();

    http.get(&format!("/v1/users/{user_id}?{MARKER}={MARKER}")).await;
    http.get(&format!("/v1/users/{MARKER}")).await;
    http.get(&format!("/{MARKER}/{user_id}")).await;
    let headers = format!("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: {MARKER}\r\n");
    raw::send(&server, &format!("{MARKER} /v1/{MARKER}"), &headers, b"").await;

    let text = get(server.metrics_url()).await.text().await.unwrap();
    assert_eq!(Scrape::read(&text).answered("GET", "/v1/users/{user_id}", 200), 1.0);
    for sent in [MARKER, user_id, server.secret_key(), "203.0.113.9", "127.0.0.1"] {
        assert!(!text.contains(sent), "{sent}: {text}");
    }
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open_and_when_refused() {
    let server = TestServer::start_with(|settings| settings.limits.connections = 1).await;
    let http = server.http();
    http.get("/v1/users").await;

    let refused = raw::send(&server, "GET /v1/users", "", b"").await;

    let scrape = Scrape::of(&server).await;
    assert_eq!(refused.status, 503);
    assert_eq!(scrape.value("guildhall_http_connections_open"), 1.0);
    assert_eq!(scrape.value("guildhall_http_connections_refused_total"), 1.0);
    assert_eq!(scrape.value("guildhall_http_requests_in_flight"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_under_load_is_well_formed_and_misses_nothing() {
    let server = TestServer::start().await;
    let load = (0..4).map(|_| {
        let http = server.http().reconnected();
        tokio::spawn(async move {
            for _ in 0..25 {
                http.get("/v1/users").await;
                http.post("/v1/users", json!({ "first_name": MARKER })).await;
            }
        })
    });
    let load: Vec<_> = load.collect();

    let mut seen = 0.0;
    while !load.iter().all(|task| task.is_finished()) {
        let scrape = Scrape::of(&server).await;
        let now = scrape.answered("GET", "/v1/users", 200);
        assert!(now >= seen, "{now} after {seen}");
        seen = now;
    }

    for task in load {
        task.await.unwrap();
    }
    let scrape = Scrape::of(&server).await;
    assert_eq!(scrape.answered("GET", "/v1/users", 200), 100.0);
    assert_eq!(scrape.answered("POST", "/v1/users", 200), 100.0);
}

#[tokio::test]
async fn only_metrics_are_served_and_only_apart_from_the_api() {
    let server = TestServer::start().await;
    let url = server.metrics_url();
    let client = Client::builder().no_proxy().build().unwrap();

    let metrics = get(url).await;
    let head = client.head(url).send().await.unwrap();
    let posted = client.post(url).send().await.unwrap();
    let other = get(&url.replace("/metrics", "/v1/users")).await;
    let on_the_api = get(&format!("{}/metrics", server.base_url())).await;

    assert_eq!(metrics.status(), 200);
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(metrics.headers()["content-type"], openmetrics);
    assert_eq!(head.status(), 200);
    assert_eq!(head.text().await.unwrap(), "");
    assert_eq!([posted.status(), other.status(), on_the_api.status()], [404; 3]);
}

#[tokio::test]
async fn metrics_end_with_the_server() {
    let mut server = TestServer::start().await;
    let url = server.metrics_url().to_owned();
    assert_eq!(get(&url).await.status(), 200);

    server.stop().await;

    let client = Client::builder().no_proxy().build().unwrap();
    assert!(client.get(&url).send().await.unwrap_err().is_connect());
}
