//! The queue to the writer: full, and left by callers.

use guildhall_rules::users;
use guildhall_store::Failure;

use crate::operations::Count;
use crate::world::{Queued, World};

/// How many writes wait at most.
const QUEUED_WRITES: u64 = 8192;

#[tokio::test]
async fn a_write_beyond_the_queue_is_refused_and_the_queued_ones_are_all_done() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || world.store.write(world.key(), count(&world));
    let queued: Vec<_> = (0..QUEUED_WRITES).map(|_| Queued::new(count())).collect();

    let refused = count().await;
    held.release().await;

    assert!(matches!(refused, Err(Failure::Busy)), "{refused:?}");
    for (place, queued) in (0..).zip(queued) {
        assert_eq!(queued.outcome().await.unwrap(), place);
    }
    assert_eq!(world.counter().await, QUEUED_WRITES);
    assert!(world.store.is_healthy());
}

#[tokio::test]
async fn there_is_room_again_once_the_queue_was_worked_off() {
    let world = World::new().await;
    let held = world.hold().await;
    let count = || world.store.write(world.key(), count(&world));
    let queued: Vec<_> = (0..QUEUED_WRITES).map(|_| Queued::new(count())).collect();
    assert!(matches!(count().await, Err(Failure::Busy)));

    held.release().await;
    for queued in queued {
        queued.outcome().await.unwrap();
    }

    assert_eq!(count().await.unwrap(), QUEUED_WRITES);
}

#[tokio::test]
async fn a_write_whose_caller_went_away_is_done_in_full() {
    let mut world = World::new().await;
    let held = world.hold().await;
    let left = Queued::new(world.store.write(world.key(), count(&world)));
    let left_too = Queued::new(world.store.write(world.key(), users::Create::default()));
    let stayed = Queued::new(world.store.write(world.key(), count(&world)));

    drop((left, left_too));
    held.release().await;

    assert_eq!(stayed.outcome().await.unwrap(), 1);
    assert_eq!((world.counter().await, world.users().await), (2, 1));
    world.reopen().await;
    assert_eq!((world.counter().await, world.users().await), (2, 1));
}

fn count(world: &World) -> Count {
    Count { organization_id: world.organization_id.clone() }
}
