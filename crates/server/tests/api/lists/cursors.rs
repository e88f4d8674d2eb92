//! Cursors: pages that begin beside a row, and the links that lead to them.

use std::collections::BTreeSet;

use guildhall_testing::{Answer, Http, TestServer};
use serde_json::{Value, json};

/// Every field that memberships are sorted by, in both directions.
const ORDERS: [&str; 12] = [
    "%2Bcreated_at",
    "-created_at",
    "%2Bemail_address",
    "-email_address",
    "%2Bphone_number",
    "-phone_number",
    "%2Bfirst_name",
    "-first_name",
    "%2Blast_name",
    "-last_name",
    "%2Busername",
    "-username",
];

/// The path that a link of an answer leads to.
fn link(answer: &Answer, relation: &str) -> Option<String> {
    let header = answer.headers.get("link")?.to_str().ok()?;
    let ending = format!(">; rel=\"{relation}\"");
    let target = header.split(", <").find_map(|link| link.strip_suffix(&ending))?;
    let (_, path) = target.trim_start_matches('<').split_once("/v1/")?;
    Some(format!("/v1/{path}"))
}

fn ids(answer: &Answer) -> Vec<String> {
    let rows = answer.body["data"].as_array().cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

/// Follows links of one relation from a page to the last one; gives the ids of every page.
async fn walk(http: &Http, first: &str, relation: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = http.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        next = link(&answer, relation);
        pages.push(ids(&answer));
        assert!(pages.len() < 1000, "the walk never ends");
    }
    pages
}

/// An organization of members who share values and miss others; gives the path of its list.
async fn varied(http: &Http, members: usize) -> String {
    let (organization, _) = http.organization_with_admin().await;
    for index in 0..members {
        let name = ["Ada", "Bob", "Cyd"][index % 3];
        let mut fields = json!({ "first_name": name });
        if index % 2 == 0 {
            fields["email_address"] = json!([format!("u{}@example.com", (index * 7) % members)]);
        }
        if index % 4 == 0 {
            fields["phone_number"] = json!([format!("+1555000{:04}", 9999 - index)]);
        }
        if index % 5 == 0 {
            fields["username"] = json!(format!("name_{index}"));
        }
        let user = http.user(fields).await;
        http.join(&organization, &user, "org:member").await;
    }
    format!("/v1/organizations/{organization}/memberships")
}

#[tokio::test]
async fn following_next_links_gives_what_one_large_page_gives() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 23).await;

    for order in ORDERS {
        let whole = ids(&http.get(&format!("{list}?limit=500&order_by={order}")).await);
        let pages = walk(&http, &format!("{list}?limit=4&order_by={order}"), "next").await;

        assert_eq!(pages.concat(), whole, "{order}");
        assert_eq!(pages.len(), 6, "{order}");
    }
}

#[tokio::test]
async fn following_previous_links_gives_the_same_pages_back() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 23).await;

    for order in ORDERS {
        let whole = ids(&http.get(&format!("{list}?limit=500&order_by={order}")).await);
        let last = whole.last().expect("there are members");
        let first = format!("{list}?limit=4&order_by={order}&ending_before={last}");
        let mut pages = walk(&http, &first, "previous").await;
        pages.reverse();

        assert_eq!(pages.concat(), whole[..whole.len() - 1], "{order}");
    }
}

#[tokio::test]
async fn a_large_organization_is_walked_in_every_order_as_a_small_one() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 620).await;

    for order in ORDERS {
        let mut whole = ids(&http.get(&format!("{list}?limit=500&order_by={order}")).await);
        let rest = format!("{list}?limit=500&offset=500&order_by={order}");
        whole.extend(ids(&http.get(&rest).await));
        let pages = walk(&http, &format!("{list}?limit=97&order_by={order}"), "next").await;
        let back = format!("{list}?limit=97&order_by={order}&ending_before={}", whole[620]);
        let mut back = walk(&http, &back, "previous").await;
        back.reverse();

        assert_eq!(whole.len(), 621);
        assert_eq!(pages.concat(), whole, "{order}");
        assert_eq!(back.concat(), whole[..620], "{order} backwards");
    }
}

#[tokio::test]
async fn every_member_who_stays_is_seen_once_while_others_come_and_go() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 30).await;
    let organization = list.split('/').nth(3).expect("the path names it").to_owned();

    for order in ["%2Bcreated_at", "-created_at", "%2Bemail_address", "-phone_number"] {
        let before: BTreeSet<String> =
            ids(&http.get(&format!("{list}?limit=500")).await).into_iter().collect();
        let mut seen = Vec::new();
        let mut next = Some(format!("{list}?limit=3&order_by={order}"));
        while let Some(path) = next {
            let answer = http.get(&path).await;
            next = link(&answer, "next");
            // The member where the page ends goes, and somebody comes.
            if let Some(last) = answer.body["data"].as_array().and_then(|rows| rows.last()) {
                let user = last["public_user_data"]["user_id"].as_str().unwrap_or_default();
                http.delete(&format!("{list}/{user}")).await;
            }
            http.member(&organization).await;
            seen.extend(ids(&answer));
            if seen.len() > 40 {
                break;
            }
        }
        let after: BTreeSet<String> =
            ids(&http.get(&format!("{list}?limit=500")).await).into_iter().collect();

        for stayed in before.intersection(&after) {
            let times = seen.iter().filter(|id| *id == stayed).count();
            let all_read = seen.len() <= 40;
            assert!(times == 1 || (times == 0 && !all_read), "{order}: {stayed} {times} times");
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{order}: a row was repeated");
    }
}

#[tokio::test]
async fn a_membership_id_is_a_cursor_too() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 9).await;

    for order in ORDERS {
        let whole = ids(&http.get(&format!("{list}?order_by={order}")).await);
        let after = format!("{list}?order_by={order}&starting_after={}", whole[4]);
        let before = format!("{list}?order_by={order}&limit=2&ending_before={}", whole[4]);

        assert_eq!(ids(&http.get(&after).await), whole[5..], "{order}");
        assert_eq!(ids(&http.get(&before).await), whole[2..4], "{order}");
    }
}

#[tokio::test]
async fn links_keep_the_filters_and_the_total_stays() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 30).await;

    let first = http.get(&format!("{list}?name_query=ada&limit=4&order_by=email_address")).await;
    let next = link(&first, "next").expect("there is more");
    let second = http.get(&next).await;
    let pages =
        walk(&http, &format!("{list}?name_query=ada&limit=4&order_by=email_address"), "next").await;

    assert!(next.contains("name_query=ada") && next.contains("limit=4"), "{next}");
    assert_eq!(second.body["total_count"], 10);
    assert_eq!(pages.concat().len(), 10);
}

#[tokio::test]
async fn a_page_that_is_the_whole_list_has_no_links() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 3).await;

    let exact = http.get(&format!("{list}?limit=4")).await;
    let first = http.get(&format!("{list}?limit=3")).await;
    let last = http.get(&format!("{list}?limit=3&offset=3")).await;

    assert_eq!(exact.headers.get("link"), None);
    assert!(link(&first, "next").is_some() && link(&first, "previous").is_none());
    assert!(link(&last, "next").is_none() && link(&last, "previous").is_some());
}

#[tokio::test]
async fn lists_of_a_user_and_of_the_instance_are_linked_as_well() {
    let server = TestServer::start().await;
    let http = server.http();
    let user = http.user(json!({ "email_address": ["a@example.com"] })).await;
    for _ in 0..7 {
        let organization = http.organization(json!({ "name": "Acme" })).await;
        http.join(&organization, &user, "org:member").await;
        http.member(&organization).await;
    }

    let lists = [
        format!("/v1/users/{user}/organization_memberships"),
        "/v1/organization_memberships".to_owned(),
    ];
    for list in lists {
        for order in ORDERS {
            let whole = ids(&http.get(&format!("{list}?limit=500&order_by={order}")).await);
            let pages = walk(&http, &format!("{list}?limit=3&order_by={order}"), "next").await;
            assert_eq!(pages.concat(), whole, "{list} {order}");
            assert!(whole.len() >= 7, "{list}");
        }
    }
}

#[tokio::test]
async fn a_cursor_that_names_no_place_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 2).await;
    let (other, _) = http.organization_with_admin().await;
    let foreign = http.get(&format!("/v1/organizations/{other}/memberships")).await;
    let foreign = ids(&foreign).remove(0);

    for parameter in ["starting_after", "ending_before"] {
        for cursor in ["", "x", "orgmem_unknown", "%00", "W10", foreign.as_str()] {
            let answer = http.get(&format!("{list}?{parameter}={cursor}")).await;
            let expected = format!("422 form_param_value_invalid {parameter}");
            assert_eq!(answer.faults(), [expected], "{cursor}");
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_is_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 5).await;
    let first = http.get(&format!("{list}?limit=2")).await;
    let token = link(&first, "next").expect("there is more");
    let token = token.rsplit("starting_after=").next().unwrap_or_default();

    let answer = http.get(&format!("{list}?order_by=email_address&starting_after={token}")).await;

    assert_eq!(answer.faults(), ["422 form_param_value_invalid starting_after"]);
}

#[tokio::test]
async fn an_escaped_name_of_a_place_is_not_kept_in_links() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 5).await;

    let answer = http.get(&format!("{list}?limit=1&%6Fffset=1")).await;
    let next = link(&answer, "next").expect("there is more");

    assert_eq!(http.get(&next).await.status, 200, "{next}");
}

#[tokio::test]
async fn two_places_at_once_are_refused() {
    let server = TestServer::start().await;
    let http = server.http();
    let list = varied(&http, 2).await;
    let id = ids(&http.get(&list).await).remove(0);

    let both = http.get(&format!("{list}?starting_after={id}&ending_before={id}")).await;
    let offset = http.get(&format!("{list}?starting_after={id}&offset=1")).await;

    assert_eq!(both.faults(), ["422 form_conditional_param_disallowed ending_before"]);
    assert_eq!(offset.faults(), ["422 form_conditional_param_disallowed offset"]);
}

#[tokio::test]
async fn users_are_walked_by_the_id_of_the_last_one() {
    let server = TestServer::start().await;
    let http = server.http();
    for index in 0..11 {
        http.user(json!({ "created_at": format!("2020-01-01T00:00:0{}Z", index % 3) })).await;
    }

    for order in ["%2Bcreated_at", "-created_at"] {
        let whole: Vec<Value> = http
            .get(&format!("/v1/users?limit=500&order_by={order}"))
            .await
            .body
            .as_array()
            .cloned()
            .unwrap_or_default();
        let mut seen: Vec<Value> = Vec::new();
        let mut after = String::new();
        loop {
            let page = http.get(&format!("/v1/users?limit=4&order_by={order}{after}")).await.ok();
            let Some(rows) = page.as_array().filter(|rows| !rows.is_empty()) else { break };
            seen.extend(rows.iter().cloned());
            after =
                format!("&starting_after={}", rows[rows.len() - 1]["id"].as_str().unwrap_or(""));
        }
        assert_eq!(seen, whole, "{order}");
    }
    let refused = http.get("/v1/users?order_by=username&starting_after=user_x").await;
    assert_eq!(refused.faults(), ["422 form_conditional_param_disallowed order_by"]);
    for id in ["user_x", "%00"] {
        let unknown = http.get(&format!("/v1/users?starting_after={id}")).await;
        assert_eq!(unknown.faults(), ["422 form_param_value_invalid starting_after"], "{id}");
    }
}
