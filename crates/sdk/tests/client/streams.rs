//! Walking lists to their end while servers and rows do as they please.

use futures_util::{StreamExt, TryStreamExt};
use guildhall_sdk::{Items, ListOrganizationMemberships, ListUsers, OrganizationMembership};
use serde_json::Value;

use crate::loopback::{Answer, Loopback, Recorded, numbers, page, user};

/// Serves the members `0..count` in pages of at most `most` rows.
async fn members(count: u64, most: u64) -> Loopback {
    Loopback::answering(move |request| Answer::json(200, &cut(request, count, most))).await
}

fn cut(request: &Recorded, count: u64, most: u64) -> Value {
    let limit = request.number("limit").expect("the limit is always sent").min(most);
    let offset = request.number("offset").unwrap_or(0).min(count);
    page(offset..(offset + limit).min(count), count)
}

fn walk(
    server: &Loopback,
    limit: Option<u32>,
    offset: Option<u64>,
) -> Items<OrganizationMembership> {
    let request = ListOrganizationMemberships { limit, offset, ..Default::default() };
    server.client().organization_memberships().stream("org_1", request)
}

#[tokio::test]
async fn each_row_is_yielded_once_by_as_many_requests_as_pages() {
    for (count, requests) in [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (50, 5)] {
        let server = members(count, 500).await;

        let rows = walk(&server, Some(10), None).collect_all().await.unwrap();

        assert_eq!(numbers(&rows), (0..count).collect::<Vec<_>>());
        assert_eq!(server.requests().len(), requests, "{count} rows");
    }
}

#[tokio::test]
async fn the_page_size_is_always_sent_and_100_when_not_given() {
    let server = members(250, 500).await;

    walk(&server, None, None).collect_all().await.unwrap();

    let targets: Vec<_> = server.requests().into_iter().map(|it| it.target).collect();
    assert_eq!(
        targets,
        [
            "/v1/organizations/org_1/memberships?limit=100",
            "/v1/organizations/org_1/memberships?limit=100&offset=100",
            "/v1/organizations/org_1/memberships?limit=100&offset=200",
        ]
    );
}

#[tokio::test]
async fn a_server_that_cuts_pages_shorter_does_not_end_the_walk() {
    let server = members(25, 7).await;

    let rows = walk(&server, Some(20), None).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), (0..25).collect::<Vec<_>>());
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_start_past_the_end_ends_at_once() {
    let server = members(25, 500).await;

    let rows = walk(&server, Some(10), Some(1_000)).collect_all().await.unwrap();

    assert!(rows.is_empty());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_start_in_the_middle_yields_the_rest() {
    let server = members(25, 500).await;

    let rows = walk(&server, Some(10), Some(12)).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), (12..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_count_that_shrinks_below_what_was_seen_ends_the_walk() {
    let mut counts = [30, 30, 5].into_iter();
    let server = Loopback::answering(move |request| {
        Answer::json(200, &cut(request, counts.next().unwrap_or(5), 500))
    })
    .await;

    let rows = walk(&server, Some(10), None).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), (0..20).collect::<Vec<_>>());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_row_that_an_insertion_moves_to_the_next_page_is_yielded_once() {
    let pages = [page([1, 2, 3], 5), page([3, 4, 5], 6)].map(|page| Answer::json(200, &page));
    let server = Loopback::scripted(pages.into()).await;

    let rows = walk(&server, Some(3), None).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn an_error_is_yielded_once_and_ends_the_walk() {
    let answers = vec![
        Answer::json(200, &page(0..2, 6)),
        Answer::json(200, &page(2..4, 6)),
        Answer::with_headers(500, &[], ""),
    ];
    let server = Loopback::scripted(answers).await;

    let rows: Vec<_> = walk(&server, Some(2), None).collect().await;

    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 4);
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[4].as_ref().unwrap_err().status(), Some(500));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn nothing_is_asked_for_before_it_is_read() {
    let server = members(50, 500).await;

    let mut rows = walk(&server, Some(10), None);
    assert!(server.requests().is_empty());
    for _ in 0..10 {
        rows.next().await.unwrap().unwrap();
    }
    drop(rows);

    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_list_without_a_count_ends_with_an_empty_page() {
    for count in [0, 3, 4, 5] {
        let server = Loopback::answering(move |request| {
            let offset = request.number("offset").unwrap_or(0).min(count);
            let users: Vec<_> = (offset..(offset + 2).min(count)).map(user).collect();
            Answer::json(200, &Value::Array(users))
        })
        .await;

        let request = ListUsers { limit: Some(4), ..Default::default() };
        let users: Vec<_> = server.client().users().stream(request).try_collect().await.unwrap();

        assert_eq!(users.len() as u64, count);
        assert_eq!(server.requests().len() as u64, count.div_ceil(2) + 1);
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_offset_does_not_go_on_for_ever() {
    let users = Value::Array((0..5).map(user).collect());
    let server = Loopback::answering(move |_| Answer::json(200, &users)).await;

    let users = server.client().users().stream(ListUsers::default()).collect_all().await.unwrap();

    assert_eq!(users.len(), 5);
    assert_eq!(server.requests().len(), 3);
}
