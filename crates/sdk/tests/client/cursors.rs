//! Walking lists of memberships by the cursors in `Link` headers, good ones and bad ones.

use futures_util::StreamExt;
use guildhall_sdk::{
    CursorError, Error, ErrorKind, Items, ListInstanceOrganizationMemberships,
    ListOrganizationMemberships, ListUserOrganizationMemberships, ListUsers,
    OrganizationMembership,
};
use serde_json::Value;

use crate::loopback::{Answer, Loopback, Recorded, numbers, page, user};

/// Serves the members `0..count`, each page linked to its neighbours.
async fn linked(count: u64) -> Loopback {
    Loopback::answering(move |request| cut(request, count, "http://h")).await
}

/// The page after the member whose token `T_{number}` is sent.
fn cut(request: &Recorded, count: u64, host: &str) -> Answer {
    let limit = request.number("limit").expect("the limit is always sent");
    let after = request.text("starting_after").and_then(|token| token.strip_prefix("T_"));
    let start = match after {
        Some(number) => number.parse::<u64>().expect("a number") + 1,
        None => request.number("offset").unwrap_or(0),
    };
    let end = (start + limit).min(count);
    let mut links = Vec::new();
    if end < count {
        links.push(format!("<{host}/x?starting_after=T_{}>; rel=\"next\"", end - 1));
    }
    if start > 0 {
        links.push(format!("<{host}/x?ending_before=T_{start}>; rel=\"previous\""));
    }
    answer(start..end, count, &links.join(", "))
}

fn answer(numbers: impl IntoIterator<Item = u64>, count: u64, link: &str) -> Answer {
    Answer::with_headers(200, &[("Link", link)], &page(numbers, count).to_string())
}

fn walk(server: &Loopback, request: ListOrganizationMemberships) -> Items<OrganizationMembership> {
    server.client().organization_memberships().stream("org_1", request)
}

fn by(limit: u32) -> ListOrganizationMemberships {
    ListOrganizationMemberships { limit: Some(limit), ..Default::default() }
}

/// The numbers of the rows yielded, and the error at the end if there is one.
async fn outcome(items: Items<OrganizationMembership>) -> (Vec<u64>, Option<Error>) {
    let mut yielded: Vec<_> = items.collect().await;
    let error = yielded.pop_if(|last| last.is_err()).and_then(Result::err);
    let rows: Vec<_> = yielded.into_iter().map(|row| row.expect("an error is the end")).collect();
    (numbers(&rows), error)
}

fn cursor_error(error: Option<Error>) -> Option<CursorError> {
    match error {
        Some(Error::Cursor(error)) => Some(error),
        _ => None,
    }
}

fn queries(server: &Loopback) -> Vec<String> {
    server.requests().iter().map(|request| request.pairs().join("&")).collect()
}

#[tokio::test]
async fn each_row_is_yielded_once_by_as_many_requests_as_linked_pages() {
    for (count, requests) in [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (50, 5)] {
        let server = linked(count).await;

        let rows = walk(&server, by(10)).collect_all().await.unwrap();

        assert_eq!(numbers(&rows), (0..count).collect::<Vec<_>>());
        assert_eq!(server.requests().len(), requests, "{count} rows");
    }
}

#[tokio::test]
async fn the_request_keeps_its_conditions_and_trades_the_offset_for_the_cursor() {
    let server = linked(8).await;
    let request = ListOrganizationMemberships {
        offset: Some(3),
        role: vec!["org:admin".to_owned()],
        ..by(2)
    };

    let rows = walk(&server, request).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [3, 4, 5, 6, 7]);
    assert_eq!(
        queries(&server),
        [
            "limit=2&offset=3&role=org%3Aadmin",
            "limit=2&role=org%3Aadmin&starting_after=T_4",
            "limit=2&role=org%3Aadmin&starting_after=T_6",
        ]
    );
}

#[tokio::test]
async fn a_cursor_of_the_caller_is_where_the_walk_begins() {
    let server = linked(8).await;
    let request = ListOrganizationMemberships { starting_after: Some("T_4".to_owned()), ..by(2) };

    let rows = walk(&server, request).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [5, 6, 7]);
    assert_eq!(queries(&server), ["limit=2&starting_after=T_4", "limit=2&starting_after=T_6"]);
}

#[tokio::test]
async fn a_cursor_at_the_end_of_the_list_yields_nothing() {
    let server = Loopback::scripted(vec![Answer::json(200, &page([], 8))]).await;
    let request = ListOrganizationMemberships { starting_after: Some("T_7".to_owned()), ..by(2) };

    let rows = walk(&server, request).collect_all().await.unwrap();

    assert!(rows.is_empty());
}

#[tokio::test]
async fn a_server_that_ignores_the_cursor_of_the_caller_is_reported() {
    let server = Loopback::scripted(vec![Answer::json(200, &page(0..2, 8))]).await;
    let request = ListOrganizationMemberships { starting_after: Some("T_4".to_owned()), ..by(2) };

    let (_, error) = outcome(walk(&server, request)).await;

    assert_eq!(error.as_ref().map(Error::kind), Some(ErrorKind::Decode));
    assert_eq!(cursor_error(error), Some(CursorError::Ignored));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_refuses_to_begin_by_ending_before() {
    let server = linked(8).await;
    let request = ListOrganizationMemberships { ending_before: Some("T_4".to_owned()), ..by(2) };

    let (rows, error) = outcome(walk(&server, request)).await;

    assert!(rows.is_empty());
    assert_eq!(error.as_ref().map(Error::kind), Some(ErrorKind::Config));
    assert_eq!(cursor_error(error), Some(CursorError::EndingBefore));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn every_stream_of_memberships_follows_the_links() {
    let server = linked(3).await;
    let client = server.client();
    let memberships = client.organization_memberships();
    let of_user = ListUserOrganizationMemberships { limit: Some(2), ..Default::default() };
    let of_all = ListInstanceOrganizationMemberships { limit: Some(2), ..Default::default() };

    let streams = [
        memberships.stream("org_1", by(2)),
        memberships.stream_for_user("user_1", of_user),
        memberships.stream_for_instance(of_all),
    ];
    for stream in streams {
        assert_eq!(numbers(&stream.collect_all().await.unwrap()), [0, 1, 2]);
    }

    let targets: Vec<_> = server.requests().into_iter().map(|it| it.target).collect();
    assert_eq!(
        targets,
        [
            "/v1/organizations/org_1/memberships?limit=2",
            "/v1/organizations/org_1/memberships?limit=2&starting_after=T_1",
            "/v1/users/user_1/organization_memberships?limit=2",
            "/v1/users/user_1/organization_memberships?limit=2&starting_after=T_1",
            "/v1/organization_memberships?limit=2",
            "/v1/organization_memberships?limit=2&starting_after=T_1",
        ]
    );
}

#[tokio::test]
async fn a_token_is_sent_back_as_it_was_meant() {
    let pages = [answer(0..2, 3, "<?starting_after=a%2Bb%26c>; rel=next"), cut_last()];
    let server = Loopback::scripted(pages.into()).await;

    walk(&server, by(2)).collect_all().await.unwrap();

    assert_eq!(server.requests()[1].text("starting_after"), Some("a%2Bb%26c"));
}

/// The third and last row, linked to the page before.
fn cut_last() -> Answer {
    answer([2], 3, "<?ending_before=T_2>; rel=previous")
}

#[tokio::test]
async fn without_a_usable_link_the_walk_is_by_offset() {
    for link in [
        "",
        "</app.css>; rel=preload",
        "<?limit=2&offset=2>; rel=next",
        "<?starting_after=T_1>; rel=\"next",
        "?starting_after=T_1; rel=next",
        "<?starting_after=>; rel=next",
    ] {
        let pages = [answer(0..2, 3, link), answer([2], 3, link)];
        let server = Loopback::scripted(pages.into()).await;

        let rows = walk(&server, by(2)).collect_all().await.unwrap();

        assert_eq!(numbers(&rows), [0, 1, 2], "{link}");
        assert_eq!(queries(&server), ["limit=2", "limit=2&offset=2"], "{link}");
    }
}

#[tokio::test]
async fn a_server_that_begins_to_link_amid_a_walk_is_followed_from_there() {
    let pages = [
        Answer::json(200, &page(0..2, 5)),
        answer(2..4, 5, "<?starting_after=T_3>; rel=next"),
        answer([4], 5, "<?ending_before=T_4>; rel=previous"),
    ];
    let server = Loopback::scripted(pages.into()).await;

    let rows = walk(&server, by(2)).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [0, 1, 2, 3, 4]);
    assert_eq!(queries(&server), ["limit=2", "limit=2&offset=2", "limit=2&starting_after=T_3"]);
}

#[tokio::test]
async fn a_server_that_stops_linking_amid_a_walk_does_not_cut_it_short_in_silence() {
    let pages =
        [answer(0..2, 9, "<?starting_after=T_1>; rel=next"), Answer::json(200, &page(0..2, 9))];
    let server = Loopback::scripted(pages.into()).await;

    let (rows, error) = outcome(walk(&server, by(2))).await;

    assert_eq!(rows, [0, 1]);
    assert_eq!(cursor_error(error), Some(CursorError::Ignored));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_page_that_links_to_the_previous_one_only_is_the_last_whatever_the_count() {
    let pages = [
        answer(0..2, 9, "<?starting_after=T_1>; rel=next"),
        answer(2..4, 9, "<?ending_before=T_2>; rel=previous"),
    ];
    let server = Loopback::scripted(pages.into()).await;

    let rows = walk(&server, by(2)).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [0, 1, 2, 3]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn the_host_of_a_link_is_never_asked() {
    let stranger = linked(5).await;
    let host = stranger.base_url();
    let server = Loopback::answering(move |request| cut(request, 5, &host)).await;

    let rows = walk(&server, by(2)).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [0, 1, 2, 3, 4]);
    assert_eq!(server.requests().len(), 3);
    assert!(stranger.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_comes_twice_in_a_row_ends_the_walk_with_an_error() {
    let pages = (0..9).map(|at| answer([at], 9, "<?starting_after=T>; rel=next")).collect();
    let server = Loopback::scripted(pages).await;

    let (rows, error) = outcome(walk(&server, by(1))).await;

    assert_eq!(rows, [0, 1]);
    assert_eq!(cursor_error(error), Some(CursorError::Repeated));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn tokens_that_lead_in_a_circle_end_the_walk_with_an_error() {
    let mut tokens = ["A", "B", "C"].into_iter().cycle().zip(0..);
    let server = Loopback::answering(move |_| {
        let (token, at) = tokens.next().expect("the circle has no end");
        answer([at], 9, &format!("<?starting_after={token}>; rel=next"))
    })
    .await;

    let (rows, error) = outcome(walk(&server, by(1))).await;

    assert_eq!(rows, [0, 1, 2, 3]);
    assert_eq!(cursor_error(error), Some(CursorError::Repeated));
}

#[tokio::test]
async fn the_same_page_under_ever_new_tokens_ends_the_walk_with_an_error() {
    let mut places = 0..;
    let server = Loopback::answering(move |_| {
        let place = places.next().expect("there are always more");
        answer(0..2, 9, &format!("<?starting_after=T_{place}>; rel=next"))
    })
    .await;

    let (rows, error) = outcome(walk(&server, by(2))).await;

    assert_eq!(rows, [0, 1]);
    assert_eq!(cursor_error(error), Some(CursorError::Repeated));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_empty_page_is_the_last_even_if_it_links_further() {
    let pages = [
        answer(0..2, 9, "<?starting_after=T_1>; rel=next"),
        answer([], 9, "<?starting_after=T_2>; rel=next"),
    ];
    let server = Loopback::scripted(pages.into()).await;

    let rows = walk(&server, by(2)).collect_all().await.unwrap();

    assert_eq!(numbers(&rows), [0, 1]);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_on_the_third_page_is_yielded_once_and_ends_the_walk() {
    let mut answered = 0;
    let server = Loopback::answering(move |request| {
        answered += 1;
        match answered {
            3 => Answer::with_headers(422, &[], ""),
            _ => cut(request, 9, "http://h"),
        }
    })
    .await;

    let (rows, error) = outcome(walk(&server, by(2))).await;

    assert_eq!(rows, [0, 1, 2, 3]);
    assert_eq!(error.and_then(|error| error.status()), Some(422));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_stream_that_is_dropped_follows_no_further_link() {
    let server = linked(50).await;

    let mut rows = walk(&server, by(10));
    for _ in 0..10 {
        rows.next().await.unwrap().unwrap();
    }
    drop(rows);

    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn users_are_walked_by_id_from_a_cursor_of_the_caller() {
    let server = Loopback::answering(|request| {
        let after = request.text("starting_after").and_then(|id| id.strip_prefix("user_"));
        let start = after.and_then(|number| number.parse::<u64>().ok()).expect("a cursor") + 1;
        let users: Vec<_> = (start..(start + 2).min(6)).map(user).collect();
        Answer::json(200, &Value::Array(users))
    })
    .await;
    let request = ListUsers {
        limit: Some(2),
        starting_after: Some("user_2".to_owned()),
        ..Default::default()
    };

    let users = server.client().users().stream(request).collect_all().await.unwrap();

    let ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["user_3", "user_4", "user_5"]);
    let places: Vec<_> = server.requests().iter().map(|it| it.pairs().join("&")).collect();
    assert_eq!(
        places,
        [
            "limit=2&starting_after=user_2",
            "limit=2&starting_after=user_4",
            "limit=2&starting_after=user_5",
        ]
    );
}
