//! The end of a store, and how durable it was.

use guildhall_store::Failure;

use crate::operations::Count;
use crate::world::{Queued, World};

#[tokio::test]
async fn a_write_after_the_end_is_refused() {
    let world = World::new().await;
    world.store.close().await.unwrap();

    let refused = world.store.write(world.key(), count(&world)).await;

    assert!(matches!(refused, Err(Failure::Stopped)), "{refused:?}");
}

#[tokio::test]
async fn what_was_queued_before_the_end_is_still_done() {
    let mut world = World::new().await;
    let held = world.hold().await;
    let store = world.store.clone();
    let queued: Vec<_> =
        (0..100).map(|_| Queued::new(store.write(world.key(), count(&world)))).collect();

    let (closed, ()) = tokio::join!(store.close(), held.release());

    closed.unwrap();
    for (place, queued) in (0..).zip(queued) {
        assert_eq!(queued.outcome().await.unwrap(), place);
    }
    world.reopen().await;
    assert_eq!(world.counter().await, 100);
}

#[tokio::test]
async fn a_second_end_is_no_failure() {
    let world = World::new().await;
    world.store.close().await.unwrap();

    world.store.close().await.unwrap();
}

fn count(world: &World) -> Count {
    Count { organization_id: world.organization_id.clone() }
}
