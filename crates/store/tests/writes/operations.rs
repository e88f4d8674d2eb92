//! Operations that tests write with.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use guildhall_rules::{Context, Operation, Organization, Refusal, Rows, Wanted};
use guildhall_types::Code;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Adds one to the counter of an organization; answers with what it was before.
pub(crate) struct Count {
    pub(crate) organization_id: String,
}

impl Operation for Count {
    type Answer = u64;

    fn wants(&self, wanted: &mut Wanted) {
        wanted.organization(&self.organization_id);
    }

    fn decide(&self, rows: &mut Rows, _: &mut Context<'_>) -> Result<u64, Refusal> {
        let mut organization =
            Organization::clone(rows.organization(&self.organization_id).unwrap());
        let before: u64 = organization.public_metadata.parse().unwrap();
        organization.public_metadata = (before + 1).to_string();
        rows.put_organization(organization);
        Ok(before)
    }
}

/// How an operation ends after it has changed rows.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Refusal,
    Panic,
}

/// Renames an organization, sets its counter back, gives away its slug, and then ends badly.
pub(crate) struct Spoil {
    pub(crate) organization_id: String,
    pub(crate) end: End,
}

impl Operation for Spoil {
    type Answer = ();

    fn wants(&self, wanted: &mut Wanted) {
        wanted.organization(&self.organization_id);
    }

    fn decide(&self, rows: &mut Rows, context: &mut Context<'_>) -> Result<(), Refusal> {
        let mut organization =
            Organization::clone(rows.organization(&self.organization_id).unwrap());
        let mut another = organization.clone();
        another.key = context.key();
        another.id = context.id("org_");
        organization.name = "Spoilt".to_owned();
        organization.slug = "spoilt".to_owned();
        organization.public_metadata = "1000".to_owned();
        rows.put_organization(organization);
        rows.put_organization(another);
        match self.end {
            End::Refusal => Err(Code::MembershipNotFound.fault().into()),
            End::Panic => panic!("an operation panics on purpose"),
        }
    }
}

/// Panics before it is decided, while it names its rows.
pub(crate) struct PanicEarly;

impl Operation for PanicEarly {
    type Answer = ();

    fn wants(&self, _: &mut Wanted) {
        panic!("an operation panics on purpose while it names its rows");
    }

    fn decide(&self, _: &mut Rows, _: &mut Context<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What happened to operations, in order.
pub(crate) type Record = Arc<Mutex<Vec<String>>>;

/// Writes down when it is asked for its rows and when it is decided.
pub(crate) struct Recorded {
    pub(crate) name: &'static str,
    pub(crate) record: Record,
}

impl Recorded {
    fn note(&self, step: &str) {
        self.record.lock().unwrap().push(format!("{step} {}", self.name));
    }
}

impl Operation for Recorded {
    type Answer = ();

    fn wants(&self, _: &mut Wanted) {
        self.note("wants");
    }

    fn decide(&self, _: &mut Rows, _: &mut Context<'_>) -> Result<(), Refusal> {
        self.note("decides");
        Ok(())
    }
}

/// Keeps the writer where it is until let go of.
pub(crate) struct Hold {
    entered: Mutex<Option<oneshot::Sender<()>>>,
    release: Mutex<Receiver<()>>,
}

impl Hold {
    pub(crate) fn new() -> (Self, Holding) {
        let (entered, has_entered) = oneshot::channel();
        let (release, released) = channel();
        let hold = Self { entered: Mutex::new(Some(entered)), release: Mutex::new(released) };
        (hold, Holding { has_entered, release })
    }
}

impl Operation for Hold {
    type Answer = ();

    fn wants(&self, _: &mut Wanted) {}

    fn decide(&self, _: &mut Rows, _: &mut Context<'_>) -> Result<(), Refusal> {
        if let Some(entered) = self.entered.lock().unwrap().take() {
            entered.send(()).unwrap();
        }
        // An error means that the test is over.
        let _ = self.release.lock().unwrap().recv();
        Ok(())
    }
}

/// The other end of a [`Hold`] that may not be at work yet.
pub(crate) struct Holding {
    has_entered: oneshot::Receiver<()>,
    release: Sender<()>,
}

impl Holding {
    pub(crate) async fn entered(self, task: JoinHandle<()>) -> Held {
        self.has_entered.await.unwrap();
        Held { release: self.release, task }
    }
}

/// The other end of a [`Hold`] that keeps the writer.
pub(crate) struct Held {
    release: Sender<()>,
    task: JoinHandle<()>,
}

impl Held {
    /// Lets the writer go on.
    pub(crate) async fn release(self) {
        self.release.send(()).unwrap();
        self.task.await.unwrap();
    }
}
