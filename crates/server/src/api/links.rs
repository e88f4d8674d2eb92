//! Links from a page of a list to its neighbours: an addition to the wire.

use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::header::{HeaderValue, LINK};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use guildhall_store::MembershipPage;
use guildhall_types::Code;
use percent_encoding::percent_decode_str;

use crate::app::App;
use crate::http::{Error, Keepable, Query};
use crate::render::{self, Json};

/// The parameters that say where a page begins.
const PLACES: [&str; 3] = ["offset", "starting_after", "ending_before"];

/// How long a header of links is: beyond, some clients would refuse the whole answer.
const LINK_BYTES: RangeInclusive<usize> = 1..=4096;

/// A page with links to its neighbours; it tells nothing but what is stored.
pub(super) struct Linked {
    json: Json,
    link: Option<String>,
}

impl IntoResponse for Linked {
    fn into_response(self) -> Response {
        let mut response = self.json.into_response();
        response.extensions_mut().insert(Keepable);
        let link = self.link.and_then(|link| HeaderValue::try_from(link).ok());
        if let Some(link) = link {
            response.headers_mut().insert(LINK, link);
        }
        response
    }
}

/// The path and query of a request, to which the places of other pages are added.
pub(super) struct Here(Uri);

impl<S: Send + Sync> FromRequestParts<S> for Here {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.clone()))
    }
}

impl Here {
    /// A page of memberships, linked to its neighbours.
    pub(super) fn link(&self, app: &App, page: &MembershipPage) -> Linked {
        let mut link = String::new();
        if page.next.is_some() || page.previous.is_some() {
            let here = self.without_place(app);
            let neighbours = [
                (&page.next, "starting_after", ">; rel=\"next\""),
                (&page.previous, "ending_before", ">; rel=\"previous\""),
            ];
            for (token, parameter, relation) in neighbours {
                let Some(token) = token else { continue };
                let separator = if link.is_empty() { "<" } else { ", <" };
                link.extend([separator, &here, parameter, "=", token, relation]);
            }
        }
        Linked {
            json: render::memberships(app, page),
            link: Some(link).filter(|link| LINK_BYTES.contains(&link.len())),
        }
    }

    /// The address without the parameters that say where its page begins, to be followed by one.
    fn without_place(&self, app: &App) -> String {
        let uri = &self.0;
        let kept = uri.query().unwrap_or_default().split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty() && !is_place(name)
        });
        let mut address = [app.public_url(), uri.path(), "?"].concat();
        for pair in kept {
            address.extend([pair, "&"]);
        }
        address
    }
}

/// Tells whether a parameter, as it stands in an address, says where a page begins.
fn is_place(name: &str) -> bool {
    match name.contains('%') {
        true => PLACES.contains(&percent_decode_str(name).decode_utf8_lossy().as_ref()),
        false => PLACES.contains(&name),
    }
}

/// Where a page begins, by a cursor: `starting_after` and `ending_before`.
pub(super) fn cursors(query: &mut Query) -> (Option<String>, Option<String>) {
    let (after, before) = (query.text("starting_after"), query.text("ending_before"));
    let refuse = |query: &mut Query, name: &str, other: &str| {
        query.fault(Code::ParameterNotAllowed.parameter(name).value(other));
    };
    if after.is_some() && before.is_some() {
        refuse(query, "ending_before", "starting_after");
    }
    if (after.is_some() || before.is_some()) && query.offset() > 0 {
        let cursor = if after.is_some() { "starting_after" } else { "ending_before" };
        refuse(query, "offset", cursor);
    }
    (after, before)
}

/// The fault of a cursor that names no place.
pub(crate) fn no_such_position(parameter: &str) -> Error {
    Code::ParameterValueInvalid.parameter(parameter).value("the cursor").into()
}
