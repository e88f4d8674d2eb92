//! Operations of one batch.

use guildhall_rules::{memberships, users};
use guildhall_store::{Environment, Failure};
use guildhall_types::Code;

use crate::operations::{Count, End, Record, Recorded, Spoil};
use crate::world::{Queued, World};

#[tokio::test]
async fn what_is_queued_while_the_writer_works_is_one_batch() {
    let world = World::new().await;
    let record = Record::default();
    let held = world.hold().await;
    let queue = |name| {
        let operation = Recorded { name, record: Record::clone(&record) };
        Queued::new(world.store.write(world.key(), operation))
    };
    let (first, second) = (queue("first"), queue("second"));

    held.release().await;
    first.outcome().await.unwrap();
    second.outcome().await.unwrap();

    let steps = record.lock().unwrap().clone();
    assert_eq!(steps, ["wants first", "wants second", "decides first", "decides second"]);
}

#[tokio::test]
async fn two_operations_of_one_batch_see_each_other() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || Count { organization_id: world.organization_id.clone() };
    let first = Queued::new(world.store.write(world.key(), count()));
    let second = Queued::new(world.store.write(world.key(), count()));

    held.release().await;

    assert_eq!(first.outcome().await.unwrap(), 0);
    assert_eq!(second.outcome().await.unwrap(), 1);
    assert_eq!(world.counter().await, 2);
}

#[tokio::test]
async fn a_membership_made_earlier_in_a_batch_is_there_for_the_next_operation() {
    let world = World::new().await;
    let user = world.store.write(world.key(), users::Create::default()).await.unwrap();
    let create = || memberships::Create {
        organization_id: world.organization_id.clone(),
        user_id: user.id.clone(),
        role: "org:member".to_owned(),
        public_metadata: "{}".to_owned(),
        private_metadata: "{}".to_owned(),
    };
    let delete = || memberships::Delete {
        organization_id: world.organization_id.clone(),
        user_id: user.id.clone(),
    };
    let held = world.hold().await;
    let first = Queued::new(world.store.write(world.key(), create()));
    let again = Queued::new(world.store.write(world.key(), create()));
    let gone = Queued::new(world.store.write(world.key(), delete()));
    let anew = Queued::new(world.store.write(world.key(), create()));

    held.release().await;

    let first = first.outcome().await.unwrap();
    assert_eq!(refusal(again.outcome().await), Code::AlreadyAMember);
    gone.outcome().await.unwrap();
    let anew = anew.outcome().await.unwrap();
    assert_ne!(first.membership.id, anew.membership.id);
    let organization = world.store.organization(world.key(), &world.organization_id).await;
    assert_eq!(organization.unwrap().unwrap().members_count, 1);
}

#[tokio::test]
async fn a_refused_operation_changes_nothing_for_its_neighbours() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || Count { organization_id: world.organization_id.clone() };
    let spoil = Spoil { organization_id: world.organization_id.clone(), end: End::Refusal };
    let before = Queued::new(world.store.write(world.key(), count()));
    let refused = Queued::new(world.store.write(world.key(), spoil));
    let after = Queued::new(world.store.write(world.key(), count()));

    held.release().await;

    assert_eq!(before.outcome().await.unwrap(), 0);
    assert_eq!(refusal(refused.outcome().await), Code::MembershipNotFound);
    assert_eq!(after.outcome().await.unwrap(), 1);
    assert_eq!((world.name().await.as_str(), world.counter().await), ("Acme", 2));
}

#[tokio::test]
async fn instances_that_are_queued_together_do_not_see_each_other() {
    let world = World::new().await;
    let other = world.store.create_instance("other", Environment::Development).await.unwrap();
    let held = world.hold().await;
    let create = users::Create::default;
    let mine = Queued::new(world.store.write(world.key(), create()));
    let theirs = Queued::new(world.store.write(other.key, create()));
    let mine_too = Queued::new(world.store.write(world.key(), create()));

    held.release().await;

    let mine = mine.outcome().await.unwrap();
    let theirs = theirs.outcome().await.unwrap();
    mine_too.outcome().await.unwrap();
    assert!(world.store.user(other.key, &mine.id).await.unwrap().is_none());
    assert!(world.store.user(world.key(), &theirs.id).await.unwrap().is_none());
    assert_eq!(world.users().await, 2);
}

#[track_caller]
fn refusal<T>(outcome: Result<T, Failure>) -> Code {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal.0[0].code(),
        Err(other) => panic!("it was not refused but failed: {other}"),
        Ok(_) => panic!("it was not refused"),
    }
}
