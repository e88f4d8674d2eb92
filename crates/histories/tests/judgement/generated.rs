//! Generated histories: right ones are taken, and a changed answer is found.

use guildhall_histories::history::{Answer, Call, Outcome, Refusal, Role};
use guildhall_histories::judge;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::plan::{Isolation, carry_out, plans, sequences};
use crate::story::BUDGET;

proptest! {
    #[test]
    fn a_history_of_a_right_server_is_right(plan in plans(80)) {
        let calls = carry_out(&plan, Isolation::Serial);

        let judgement = judge(&calls, BUDGET).unwrap();

        prop_assert!(judgement.is_sound(), "{judgement}");
    }

    #[test]
    fn a_changed_answer_is_found(plan in sequences(60), at in any::<Index>(), how in 0..5u32) {
        let mut calls = carry_out(&plan, Isolation::Serial);
        let changed = at.index(calls.len() - 1) + 1;
        let number = calls[changed].number;
        prop_assume!(change(&mut calls[changed], how));

        let judgement = judge(&calls, BUDGET).unwrap();

        prop_assert!(judgement.undecided.is_empty());
        let fault = format!("the answer to call {number};");
        let is_told = judgement.faults.iter().any(|told| told.contains(&fault));
        prop_assert!(is_told, "{judgement}");
    }
}

/// Changes the answer to a call; false where this change would change nothing.
fn change(call: &mut Call, how: u32) -> bool {
    let other_refusal = if call.outcome == Outcome::Refused(Refusal::AlreadyAMember) {
        Refusal::MembershipQuotaExceeded
    } else {
        Refusal::AlreadyAMember
    };
    match (&mut call.outcome, how) {
        (Outcome::Answered(Answer::Membership(one)), 0) => {
            one.role = if one.role == Role::Admin { Role::Member } else { Role::Admin };
        }
        (Outcome::Answered(Answer::Membership(one)), 1) => {
            return one.public_metadata.pop_first().is_some();
        }
        (Outcome::Answered(Answer::Membership(one)), 2) => {
            *one.public_metadata.entry("a".to_owned()).or_default() += 1;
        }
        (Outcome::Answered(Answer::Memberships { total_count, data }), 0..3) => {
            let last = data.pop();
            *total_count = u32::try_from(data.len()).unwrap();
            return last.is_some();
        }
        (Outcome::Answered(Answer::Organization(organization)), 0..3) => {
            organization.max_allowed_memberships += 1;
        }
        (outcome, 3) => *outcome = Outcome::Refused(other_refusal),
        (outcome @ Outcome::Refused(_), 4) => *outcome = Outcome::Answered(Answer::Deleted),
        _ => return false,
    }
    true
}
