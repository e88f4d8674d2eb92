//! Load: closed loops for throughput, an open loop for delays.
//!
//! Everything runs on one thread. Each answer's status and length is checked; one bad answer ends
//! the run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::task::LocalSet;

use crate::wire::{Answer, Connection, Request, Target};

/// How long before its moment a request of the open loop stops to sleep and spins: the timer of
/// the runtime goes by milliseconds.
const SPIN: Duration = Duration::from_millis(2);

/// What every answer must be.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// 200, and exactly so many bytes, which come in turns by the number of the request.
    Bytes(Rc<[usize]>),
    /// 200, and a whole JSON object or array of at least this many bytes.
    AtLeast(usize),
}

impl Expect {
    /// Holds the answer to the request with this number against it.
    ///
    /// # Errors
    /// Where it is another one.
    pub(crate) fn check(&self, number: usize, answer: &Answer) -> Result<()> {
        let length = answer.body.len();
        let whole = match self {
            Self::Bytes(bytes) => length == bytes[number % bytes.len()],
            Self::AtLeast(bytes) => {
                let ends = (answer.body.first(), answer.body.last());
                length >= *bytes
                    && matches!(ends, (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
            }
        };
        if answer.status != 200 || !whole {
            let body = String::from_utf8_lossy(&answer.body[..length.min(300)]);
            bail!("{self:?} was expected, not {} with {length} bytes: {body}", answer.status);
        }
        Ok(())
    }
}

/// What to send, by the number of the request; nothing ends the run.
pub(crate) type Requests = Rc<dyn Fn(usize) -> Option<Request>>;

/// The same request again and again.
pub(crate) fn same(request: Request) -> Requests {
    Rc::new(move |_| Some(request.clone()))
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    pub(crate) elapsed: Duration,
    /// Sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Seen {
    /// Requests a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The exact percentile, in milliseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let rank = (self.latencies.len() as f64 * percent / 100.0).ceil() as usize;
        let at = rank.saturating_sub(1).min(last);
        self.latencies.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// When requests are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Each connection sends its next request when it has its answer.
    Closed,
    /// So many a second, whatever the answers do; a delay counts from the intended moment.
    Open(f64),
}

/// One run of load.
pub(crate) struct Load<'a> {
    pub(crate) target: &'a Target,
    pub(crate) requests: Requests,
    pub(crate) expect: Expect,
    pub(crate) connections: usize,
    pub(crate) pace: Pace,
    /// When to stop, if the requests do not end before.
    pub(crate) duration: Duration,
}

struct Shared {
    requests: Requests,
    expect: Expect,
    pace: Pace,
    begun: Instant,
    until: Instant,
    next: Cell<usize>,
    latencies: RefCell<Vec<Duration>>,
    failed: RefCell<Option<anyhow::Error>>,
}

impl Load<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// At the first answer that is not as expected.
    pub(crate) async fn run(self) -> Result<Seen> {
        let mut connections = Vec::new();
        for _ in 0..self.connections.max(1) {
            connections.push(Connection::open(self.target.address).await?);
        }
        let begun = Instant::now();
        let shared = Rc::new(Shared {
            requests: self.requests,
            expect: self.expect,
            pace: self.pace,
            begun,
            until: begun + self.duration,
            next: Cell::new(0),
            latencies: RefCell::new(Vec::with_capacity(1 << 16)),
            failed: RefCell::new(None),
        });
        let local = LocalSet::new();
        for connection in connections {
            let shared = Rc::clone(&shared);
            local.spawn_local(async move {
                if let Err(error) = shared.work(connection).await {
                    shared.failed.borrow_mut().get_or_insert(error);
                }
            });
        }
        local.await;
        let elapsed = begun.elapsed();
        if let Some(error) = shared.failed.take() {
            return Err(error);
        }
        let mut latencies = shared.latencies.take();
        latencies.sort_unstable();
        Ok(Seen { requests: latencies.len(), elapsed, latencies })
    }
}

impl Shared {
    async fn work(&self, mut connection: Connection) -> Result<()> {
        loop {
            let number = self.next.get();
            let intended = match self.pace {
                Pace::Closed => Instant::now(),
                Pace::Open(rate) => self.begun + Duration::from_secs_f64(number as f64 / rate),
            };
            if intended >= self.until || self.failed.borrow().is_some() {
                return Ok(());
            }
            self.next.set(number + 1);
            let Some(request) = (self.requests)(number) else { return Ok(()) };
            if matches!(self.pace, Pace::Open(_)) {
                wait_until(intended).await;
            }
            connection.send(&request).await.with_context(|| format!("request {number}"))?;
            let latency = intended.elapsed();
            self.expect.check(number, &connection.answer).with_context(|| {
                let text = String::from_utf8_lossy(&request.0).into_owned();
                format!("request {number}: {}", text.lines().next().unwrap_or_default())
            })?;
            self.latencies.borrow_mut().push(latency);
        }
    }
}

async fn wait_until(moment: Instant) {
    if let Some(rest) = moment.checked_duration_since(Instant::now() + SPIN) {
        tokio::time::sleep(rest).await;
    }
    while Instant::now() < moment {
        tokio::task::yield_now().await;
    }
}
