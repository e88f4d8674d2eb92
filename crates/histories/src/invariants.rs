//! What must hold in every answer by itself, and between answers whatever their order.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Answer, Call, Operation, Outcome, Refusal};
use crate::partition::memberships;

/// Every way in which the calls break an invariant, told for people; empty where none does.
pub fn broken(calls: &[Call]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut owners = BTreeMap::new();
    let mut created = BTreeSet::new();
    for call in calls {
        let number = call.number;
        if let Outcome::Unexpected(what) = &call.outcome {
            faults.push(format!("call {number} was answered {what}"));
        }
        if let Outcome::Answered(Answer::Memberships { total_count, data }) = &call.outcome {
            faults.extend(list_faults(call, *total_count, data.len()));
        }
        faults.extend(refusal_fault(call));
        let mut listed = BTreeSet::new();
        for one in memberships(call) {
            let place = (&one.organization_id, &one.user_id);
            if !listed.insert(place) {
                faults.push(format!("call {number} lists {place:?} twice"));
            }
            let owner = owners.entry(&one.id).or_insert(place);
            if *owner != place {
                faults.push(format!("call {number}: `{}` is of {owner:?} and {place:?}", one.id));
            }
            let is_creation = matches!(call.operation, Operation::CreateMembership { .. });
            if is_creation && !created.insert(&one.id) {
                faults.push(format!("call {number} made `{}`, which was there before", one.id));
            }
        }
    }
    faults
}

/// What is about a user alone is refused for want of that user only. It may concern no organization,
/// whose judgement would find it.
fn refusal_fault(call: &Call) -> Option<String> {
    let is_about_user = matches!(
        call.operation,
        Operation::DeleteUser { .. } | Operation::ListUserMemberships { .. }
    );
    let is_fault = match call.outcome {
        Outcome::Refused(refusal) => is_about_user && refusal != Refusal::UserNotFound,
        _ => false,
    };
    let number = call.number;
    is_fault.then(|| format!("nothing explains the answer to call {number}; no user is told by it"))
}

fn list_faults(call: &Call, total_count: u32, listed: usize) -> Option<String> {
    let is_equal = usize::try_from(total_count).is_ok_and(|total| total == listed);
    let number = call.number;
    (!is_equal).then(|| format!("call {number} has total_count {total_count} and lists {listed}"))
}
