//! Clients: each asks for one random thing after the other, of a random server.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::watch;

use crate::history::{Answer, Call, Metadata, Operation, Outcome, Refusal, Role};
use crate::http::{Http, NotSent};
use crate::model::KEYS;
use crate::recorder::Recorder;
use crate::world::{Choice, Pair, USERS, World};

/// How long a client waits where it was not answered.
const PAUSE: Duration = Duration::from_millis(50);
/// How many pauses at a time at most.
const MOST_PAUSES: u32 = 10;
/// How often a read at the end is tried.
const ATTEMPTS: u32 = 500;

/// Asks and records.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) client: u32,
    pub(crate) http: Http,
    pub(crate) base_urls: Arc<[String]>,
    pub(crate) recorder: Arc<Recorder>,
}

impl Caller {
    /// Asks one server; gives what became of it unless the server could not be reached.
    async fn call(
        &self,
        server: usize,
        operation: impl FnOnce(u32) -> Operation,
    ) -> Result<Outcome, NotSent> {
        let number = self.recorder.number();
        let operation = operation(number);
        let invoked_at = self.recorder.now();
        let outcome = self.http.send(&self.base_urls[server], &operation).await?;
        let call = Call {
            number,
            client: self.client,
            server: u32::try_from(server).expect("there are few servers"),
            invoked_at,
            returned_at: self.recorder.now(),
            operation,
            outcome: outcome.clone(),
        };
        self.recorder.call(call);
        Ok(outcome)
    }

    /// Makes an organization whose first member is `created_by`; `None` where that is not sure.
    async fn organization(&self, server: usize, created_by: &str, limit: u32) -> Option<String> {
        let operation = |_| Operation::CreateOrganization {
            created_by: created_by.to_owned(),
            max_allowed_memberships: limit,
        };
        match self.call(server, operation).await {
            Ok(Outcome::Answered(Answer::Organization(organization))) => Some(organization.id),
            _ => None,
        }
    }

    /// Makes a pair of organizations and their users; `None` where that is not sure. Then none of
    /// these users is asked about again: an organization that nobody was told of would be theirs.
    async fn pair(&self, server: usize, random: &mut Rng) -> Option<Pair> {
        let mut users = Vec::new();
        for _ in 0..USERS {
            users.push(self.http.create_user(&self.base_urls[server]).await?);
        }
        let first = self.organization(server, &users[0], limit(random)).await?;
        let second = self.organization(server, &users[1], limit(random)).await?;
        Some(Pair::new([first, second], users))
    }
}

/// Asks until it is told to stop.
pub(crate) async fn run(
    caller: Caller,
    world: Arc<World>,
    stopped: watch::Receiver<bool>,
    mut random: Rng,
) {
    let mut unanswered = 0;
    while !*stopped.borrow() {
        let server = random.usize(0..caller.base_urls.len());
        let pair = match world.choose(&mut random) {
            Choice::Call(pair) => pair,
            Choice::Make(vacancy) => {
                match caller.pair(server, &mut random).await {
                    Some(pair) => vacancy.fill(pair),
                    None => tokio::time::sleep(PAUSE).await,
                }
                continue;
            }
            Choice::Wait => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let outcome = caller.call(server, |number| choose(&pair, number, &mut random)).await;
        if let Ok(Outcome::Refused(Refusal::OrganizationNotFound)) = outcome {
            pair.is_ending();
        }
        if let Ok(Outcome::Unknown(_)) | Err(NotSent) = outcome {
            // A call without an answer may be done at any later time: many would excuse a lot.
            unanswered = MOST_PAUSES.min(unanswered + 1);
            tokio::time::sleep(unanswered * PAUSE).await;
        } else {
            unanswered = 0;
        }
    }
}

/// Something to ask of a pair. The number of the call is what it writes, so that nothing is
/// written twice.
fn choose(pair: &Pair, number: u32, random: &mut Rng) -> Operation {
    let organization_id = pair.organizations[random.usize(0..pair.organizations.len())].clone();
    let user_id = pair.users[random.usize(0..pair.users.len())].clone();
    let role = if random.bool() { Role::Admin } else { Role::Member };
    let key = KEYS[random.usize(0..KEYS.len())].to_owned();
    match random.u32(0..1000) {
        0..270 => {
            let metadata = Metadata::from([(key, number)]);
            Operation::CreateMembership { organization_id, user_id, role, metadata }
        }
        270..390 => Operation::DeleteMembership { organization_id, user_id },
        390..560 => Operation::UpdateMembership { organization_id, user_id, role },
        560..750 => Operation::MergeMetadata { organization_id, user_id, key, value: number },
        750..820 => Operation::GetMembership { organization_id, user_id },
        820..890 => Operation::ListMemberships { organization_id },
        890..925 => Operation::GetOrganization { organization_id },
        925..960 => Operation::ListUserMemberships { user_id },
        960..990 => {
            let max_allowed_memberships = limit(random);
            Operation::UpdateOrganization { organization_id, max_allowed_memberships }
        }
        990..996 => Operation::DeleteUser { user_id },
        _ => Operation::DeleteOrganization { organization_id },
    }
}

/// A limit for an organization; 0 is none.
fn limit(random: &mut Rng) -> u32 {
    [0, 2, 3, 4][random.usize(0..4)]
}

/// Reads everything there is, of every server, so that what is lost is missed.
///
/// # Errors
///
/// A server that does not answer although nothing is killed any more.
pub(crate) async fn read_everything(caller: &Caller, world: &World) -> anyhow::Result<()> {
    for pair in world.all() {
        for organization_id in &pair.organizations {
            read(caller, Operation::ListMemberships { organization_id: organization_id.clone() })
                .await?;
            read(caller, Operation::GetOrganization { organization_id: organization_id.clone() })
                .await?;
        }
        for user_id in &pair.users {
            read(caller, Operation::ListUserMemberships { user_id: user_id.clone() }).await?;
        }
    }
    Ok(())
}

async fn read(caller: &Caller, operation: Operation) -> anyhow::Result<()> {
    for server in 0..caller.base_urls.len() {
        let mut attempts = 0;
        while let Err(NotSent) | Ok(Outcome::Unknown(_)) =
            caller.call(server, |_| operation.clone()).await
        {
            attempts += 1;
            anyhow::ensure!(attempts < ATTEMPTS, "server {server} answers no more: {operation:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}
