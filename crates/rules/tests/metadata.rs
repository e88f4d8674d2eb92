//! Merging metadata, against an independent model and the laws that follow from its rules.

use std::collections::BTreeSet;

use guildhall_rules::metadata::{checked, compact, merge, merged, parse, to_json};
use guildhall_types::{METADATA_LIMIT_BYTES, Metadata};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// What is left after a merge, by recursion over all keys.
fn model(stored: &Metadata, changes: &Metadata) -> Metadata {
    let keys: BTreeSet<&String> = stored.keys().chain(changes.keys()).collect();
    let nothing = Metadata::new();
    let value = |key: &String| match (stored.get(key), changes.get(key)) {
        (old, None) => old.cloned(),
        (_, Some(Value::Null)) => None,
        (Some(Value::Object(old)), Some(Value::Object(new))) => Some(model(old, new).into()),
        (_, Some(Value::Object(new))) => Some(model(&nothing, new).into()),
        (_, Some(new)) => Some(new.clone()),
    };
    keys.into_iter().filter_map(|key| Some((key.clone(), value(key)?))).collect()
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..6).prop_map(String::from_iter)
}

fn value() -> impl Strategy<Value = Value> {
    let double = any::<f64>().prop_filter("JSON has finite numbers", |it| it.is_finite());
    let scalar = prop_oneof![
        4 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        2 => double.prop_map(Value::from),
        3 => text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => fields(inner).prop_map(Value::from),
        ]
    })
}

/// Few keys, so that changes meet what is stored; now and then any text.
fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Metadata> {
    let short = select(vec!["a", "b", "c", "aB", "a_b"]).prop_map(str::to_owned);
    let key = prop_oneof![9 => short, 1 => text()];
    btree_map(key, value, 0..5).prop_map(|fields| fields.into_iter().collect())
}

fn metadata() -> impl Strategy<Value = Metadata> {
    fields(value())
}

fn after(mut stored: Metadata, changes: &Metadata) -> Metadata {
    merge(&mut stored, changes.clone());
    stored
}

fn holds_null(metadata: &Metadata) -> bool {
    metadata.values().any(|value| value.is_null() || value.as_object().is_some_and(holds_null))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_merge_does_what_the_model_says(stored in metadata(), changes in metadata()) {
        let expected = model(&stored, &changes);

        prop_assert_eq!(to_json(&after(stored, &changes)), to_json(&expected));
    }

    #[test]
    fn a_merge_made_twice_is_a_merge_made_once(stored in metadata(), changes in metadata()) {
        let once = after(stored, &changes);

        prop_assert_eq!(after(once.clone(), &changes), once);
    }

    #[test]
    fn no_changes_change_nothing(stored in metadata()) {
        prop_assert_eq!(after(stored.clone(), &Metadata::new()), stored);
    }

    #[test]
    fn a_key_that_is_not_named_stays(stored in metadata(), changes in metadata()) {
        let merged = after(stored.clone(), &changes);

        for (key, value) in stored.iter().filter(|(key, _)| !changes.contains_key(*key)) {
            prop_assert_eq!(merged.get(key), Some(value));
        }
    }

    #[test]
    fn what_is_set_anew_holds_no_null_outside_of_arrays(given in metadata()) {
        let checked = checked("public_metadata", given.clone()).expect("it is small");

        prop_assert!(!holds_null(&checked));
        prop_assert_eq!(checked, model(&Metadata::new(), &given));
    }

    #[test]
    fn stored_text_reads_back_as_what_it_was(given in metadata()) {
        let stored = to_json(&given);

        prop_assert_eq!(to_json(&parse(&stored)), stored);
        prop_assert_eq!(parse(&to_json(&given)), given);
    }

    #[test]
    fn merging_into_text_is_merging_into_what_it_tells(stored in metadata(), changes in metadata()) {
        let text = merged("public_metadata", &to_json(&stored), &changes).expect("it is small");

        prop_assert_eq!(text, to_json(&model(&stored, &changes)));
    }

    #[test]
    fn the_limit_is_on_the_bytes_of_the_compact_text(bytes in 8_000_usize..8_400) {
        let given = Metadata::from_iter([("k".to_owned(), json!("x".repeat(bytes - 8)))]);

        let outcome = compact("private_metadata", &given);

        prop_assert_eq!(to_json(&given).len(), bytes);
        prop_assert_eq!(outcome.is_ok(), bytes <= METADATA_LIMIT_BYTES);
    }
}

#[test]
fn a_refused_merge_names_the_field() {
    let given = Metadata::from_iter([("k".to_owned(), json!("x".repeat(8_185)))]);

    let fault = merged("private_metadata", "{}", &given).expect_err("it is one byte too large");

    assert_eq!(fault.body().code, "form_param_exceeds_allowed_size");
    assert_eq!(fault.body().param_name(), Some("private_metadata"));
}
