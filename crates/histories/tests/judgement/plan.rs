//! Plans of calls, generated; carried out on a server in memory, they become histories.

use guildhall_histories::history::{Call, Operation, Outcome, Role};
use guildhall_histories::model::KEYS;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::memory::Memory;
use crate::story::{ORGANIZATION, create, delete, get, merge, unknown, update};

const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const CLIENTS: usize = 4;

/// A call that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    client: usize,
    operation: Operation,
    /// How long after the client's last call it is sent, how long after that it looks, writes and
    /// is answered.
    times: [u64; 4],
    fate: Fate,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Done,
    Lost,
}

/// When calls look at what there is, and when they write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// At one moment.
    Serial,
    /// At two, and what others write in between is not seen.
    Racing,
}

/// Plans of up to `calls` calls; calls without an answer are among them.
pub(crate) fn plans(calls: usize) -> impl Strategy<Value = Vec<Planned>> {
    let fate =
        prop_oneof![12 => Just(Fate::Answered), 1 => Just(Fate::Done), 1 => Just(Fate::Lost)];
    let times = [0u64..40, 1u64..20, 1u64..20, 1u64..20];
    let planned = (0..CLIENTS, operations(), times, fate)
        .prop_map(|(client, operation, times, fate)| Planned { client, operation, times, fate });
    vec(planned, 1..calls)
}

/// Plans in which one call follows the other and all are answered.
pub(crate) fn sequences(calls: usize) -> impl Strategy<Value = Vec<Planned>> {
    vec(operations(), 1..calls).prop_map(|operations| {
        let planned = |operation| {
            let (client, times, fate) = (0, [1; 4], Fate::Answered);
            Planned { client, operation, times, fate }
        };
        operations.into_iter().map(planned).collect()
    })
}

fn operations() -> impl Strategy<Value = Operation> {
    let organization_id = || ORGANIZATION.to_owned();
    let user = || prop::sample::select(&USERS[..]);
    let role = || prop::sample::select(&[Role::Admin, Role::Member][..]);
    let limit = prop::sample::select(&[0u32, 1, 2, 3][..]);
    prop_oneof![
        8 => (user(), role()).prop_map(|(user, role)| create(user, role)),
        5 => user().prop_map(delete),
        6 => (user(), role()).prop_map(|(user, role)| update(user, role)),
        8 => (user(), prop::sample::select(&KEYS[..]), 1..1000u32)
            .prop_map(|(user, key, value)| merge(user, key, value)),
        3 => user().prop_map(get),
        3 => Just(Operation::ListMemberships { organization_id: organization_id() }),
        2 => Just(Operation::GetOrganization { organization_id: organization_id() }),
        2 => user().prop_map(|user| Operation::ListUserMemberships { user_id: user.to_owned() }),
        2 => limit.prop_map(move |max_allowed_memberships| Operation::UpdateOrganization {
            organization_id: organization_id(),
            max_allowed_memberships,
        }),
        1 => user().prop_map(|user| Operation::DeleteUser { user_id: user.to_owned() }),
    ]
}

/// Carries out a plan and gives its history.
pub(crate) fn carry_out(plan: &[Planned], isolation: Isolation) -> Vec<Call> {
    let mut memory = Memory::default();
    let first = Operation::CreateOrganization {
        created_by: USERS[0].to_owned(),
        max_allowed_memberships: 3,
    };
    let outcome = memory.perform(&first, "orgmem_0");
    let mut calls = vec![call(0, 0, (0, 1), first, outcome)];

    let mut moments = Vec::new();
    let mut free = [2; CLIENTS];
    for (index, planned) in plan.iter().enumerate() {
        let [gap, looking, writing, answering] = planned.times;
        let invoked_at = free[planned.client] + gap;
        let looks_at = invoked_at + looking;
        let writes_at = looks_at + writing;
        free[planned.client] = writes_at + answering;
        if planned.fate != Fate::Lost {
            moments.push((looks_at, index, None));
            moments.push((writes_at, index, Some((invoked_at, free[planned.client]))));
        } else {
            let number = index + 1;
            let times = (invoked_at, free[planned.client]);
            let operation = planned.operation.clone();
            calls.push(call(number, planned.client, times, operation, unknown()));
        }
    }
    moments.sort_unstable();
    let mut looked = vec![Memory::default(); plan.len()];
    for (_, index, written) in moments {
        let Some(times) = written else {
            looked[index] = memory.clone();
            continue;
        };
        let Planned { client, operation, fate, .. } = plan[index].clone();
        let number = index + 1;
        let id = format!("orgmem_{number}");
        let outcome = match isolation {
            Isolation::Serial => memory.perform(&operation, &id),
            Isolation::Racing => {
                let mut decided = std::mem::take(&mut looked[index]);
                let outcome = decided.perform(&operation, &id);
                if matches!(outcome, Outcome::Answered(_)) && !is_read(&operation) {
                    memory.overwrite(&operation, decided);
                }
                outcome
            }
        };
        let outcome = if fate == Fate::Answered { outcome } else { unknown() };
        calls.push(call(number, client, times, operation, outcome));
    }
    calls
}

fn is_read(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::GetMembership { .. }
            | Operation::GetOrganization { .. }
            | Operation::ListMemberships { .. }
            | Operation::ListUserMemberships { .. }
    )
}

fn call(
    number: usize,
    client: usize,
    (invoked_at, returned_at): (u64, u64),
    operation: Operation,
    outcome: Outcome,
) -> Call {
    let (number, client) = (u32::try_from(number).unwrap(), u32::try_from(client).unwrap());
    Call { number, client, server: 0, invoked_at, returned_at, operation, outcome }
}
