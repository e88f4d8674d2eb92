//! The fields of a body, asked for one by one, with all faults collected.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use guildhall_types::{Code, Fault, Metadata, Patch};
use serde_json::{Map, Value};

use super::kinds;

/// The most faults of one answer; a body of a megabyte can hold a hundred thousand.
const MOST_FAULTS: usize = 100;

/// The fields of a body that nobody asked for yet, and what was wrong with the others.
///
/// Every reader returns what it found and notes faults; [`Fields::finish`] hands them out. A
/// reader that noted a fault returns the same as for a field that was not sent.
#[derive(Debug)]
#[must_use = "faults are told by `finish` alone"]
pub(crate) struct Fields {
    object: Map<String, Value>,
    faults: Vec<Fault>,
    /// What faults put before the names of fields: where in the body the object stands.
    place: String,
}

impl Fields {
    /// Begins with the fields of `object`.
    pub(super) fn new(object: Map<String, Value>) -> Self {
        Self { object, faults: Vec::new(), place: String::new() }
    }

    /// The name of a field as faults tell it.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{}{name}", self.place)
    }

    /// Tells whether a field was sent and not asked for yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Text that must be sent; empty if faulty.
    pub(crate) fn required_string(&mut self, name: &str) -> String {
        if !self.object.contains_key(name) {
            self.fault(Code::ParameterMissing.parameter(&self.named(name)));
        }
        self.optional_string(name).unwrap_or_default()
    }

    /// Text that must be sent, with what `fault` finds wrong with it; empty if it is no text.
    pub(crate) fn required_checked(
        &mut self,
        name: &str,
        fault: fn(&str) -> Option<Fault>,
    ) -> String {
        let text = self.required_string(name);
        if !self.has_fault_about(name) {
            fault(&text).into_iter().for_each(|fault| self.fault(fault));
        }
        text
    }

    /// Text that may be left out, but not `null`, with what `fault` finds wrong with it.
    pub(crate) fn optional_checked(
        &mut self,
        name: &str,
        fault: fn(&str) -> Option<Fault>,
    ) -> Option<String> {
        let text = self.optional_string(name);
        text.as_deref().and_then(fault).into_iter().for_each(|fault| self.fault(fault));
        text
    }

    /// Text that may be left out or `null`, with what `fault` finds wrong with it.
    pub(crate) fn nullable_checked(
        &mut self,
        name: &str,
        fault: fn(&str) -> Option<Fault>,
    ) -> Option<String> {
        let text = self.nullable_string(name).into_set();
        text.as_deref().and_then(fault).into_iter().for_each(|fault| self.fault(fault));
        text
    }

    /// Text that may be left out, but not `null`.
    pub(crate) fn optional_string(&mut self, name: &str) -> Option<String> {
        self.optional(name, kinds::string)
    }

    /// Text that may be left out or `null`.
    pub(crate) fn nullable_string(&mut self, name: &str) -> Patch<String> {
        self.nullable(name, kinds::string)
    }

    /// One of the texts in `choices`, which may be left out or `null`.
    pub(crate) fn nullable_choice(&mut self, name: &str, choices: &[&str]) -> Patch<String> {
        self.nullable(name, kinds::choice(choices))
    }

    /// Text that may be left out or `null`, and that no fault repeats.
    pub(crate) fn nullable_secret(&mut self, name: &str) -> Patch<String> {
        self.nullable(name, kinds::secret)
    }

    /// A truth value that may be left out or `null`.
    pub(crate) fn nullable_bool(&mut self, name: &str) -> Patch<bool> {
        self.nullable(name, kinds::boolean)
    }

    /// A whole number in `range` that may be left out or `null`; `10.0` is whole.
    pub(crate) fn nullable_integer(
        &mut self,
        name: &str,
        range: RangeInclusive<i64>,
    ) -> Patch<i64> {
        self.nullable(name, kinds::integer(range))
    }

    /// A list of texts; empty if left out.
    pub(crate) fn string_list(&mut self, name: &str) -> Vec<String> {
        self.optional_strings(name).unwrap_or_default()
    }

    /// A list of texts that may be left out, but not `null`.
    pub(crate) fn optional_strings(&mut self, name: &str) -> Option<Vec<String>> {
        self.optional(name, kinds::strings)
    }

    /// A list of 1 to `most` texts that must be sent; empty if faulty.
    pub(crate) fn required_strings(&mut self, name: &str, most: usize) -> Vec<String> {
        if !self.has(name) {
            self.fault(Code::ParameterMissing.parameter(&self.named(name)));
        }
        self.optional(name, kinds::some_strings(most)).unwrap_or_default()
    }

    /// Texts by name; empty if left out or `null`.
    pub(crate) fn string_map(&mut self, name: &str) -> BTreeMap<String, String> {
        self.nullable(name, kinds::string_map).into_set().unwrap_or_default()
    }

    /// A list of texts that may be left out or `null`.
    pub(crate) fn nullable_strings(&mut self, name: &str) -> Patch<Vec<String>> {
        self.nullable(name, kinds::strings)
    }

    /// A metadata object that may be left out, but not `null`.
    pub(crate) fn metadata(&mut self, name: &str) -> Option<Metadata> {
        self.optional(name, kinds::metadata)
    }

    /// A metadata object that may be left out or `null`.
    pub(crate) fn nullable_metadata(&mut self, name: &str) -> Patch<Metadata> {
        self.nullable(name, kinds::metadata)
    }

    /// An instant in RFC 3339 that may be left out or `null`; in Unix milliseconds.
    pub(crate) fn nullable_instant(&mut self, name: &str) -> Patch<i64> {
        self.nullable(name, kinds::instant)
    }

    /// A list of 1 to `most` objects, each read by `read`; faults of the third in `name` are about
    /// `name[2].…`.
    pub(crate) fn required_objects<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&mut Fields) -> T,
    ) -> Vec<T> {
        if !self.object.contains_key(name) {
            self.fault(Code::ParameterMissing.parameter(&self.named(name)));
            return Vec::new();
        }
        let items = self.optional(name, kinds::array(most)).unwrap_or_default();
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let place = format!("{}[{index}]", self.named(name));
            match kinds::object(&place, item) {
                Ok(object) => {
                    let (faults, place) = (Vec::new(), format!("{place}."));
                    let mut fields = Self { object, faults, place };
                    objects.push(read(&mut fields));
                    fields.finish().err().into_iter().flatten().for_each(|it| self.fault(it));
                }
                Err(fault) => self.fault(fault),
            }
            // As many as are told: the others need no look.
            if self.faults.len() >= MOST_FAULTS {
                break;
            }
        }
        objects
    }

    /// A documented field that is not served: refused unless `null`.
    pub(crate) fn unsupported(&mut self, name: &str) {
        if self.object.remove(name).is_some_and(|value| !value.is_null()) {
            self.fault(Code::ParameterUnknown.parameter(&self.named(name)));
        }
    }

    /// Notes a fault that a caller found; one that is noted already is not noted again.
    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Tells whether something was wrong with a field.
    pub(crate) fn has_fault_about(&self, name: &str) -> bool {
        let name = self.named(name);
        self.faults.iter().any(|fault| fault.body().param_name() == Some(&name))
    }

    /// Ends the reading: fields that nobody asked for are unknown.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the body, in the order of asking, unknown fields last; the
    /// first hundred of it.
    pub(crate) fn finish(self) -> Result<(), Vec<Fault>> {
        let Self { object, mut faults, place } = self;
        let unknown = |name| Code::ParameterUnknown.parameter(&format!("{place}{name}"));
        faults.extend(object.keys().map(unknown));
        faults.truncate(MOST_FAULTS);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str, Value) -> Result<T, Fault>,
    ) -> Option<T> {
        match self.nullable(name, read) {
            Patch::Set(value) => Some(value),
            Patch::Keep => None,
            Patch::Clear => {
                self.fault(Code::ParameterNil.parameter(&self.named(name)));
                None
            }
        }
    }

    fn nullable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str, Value) -> Result<T, Fault>,
    ) -> Patch<T> {
        match self.object.remove(name) {
            None => Patch::Keep,
            Some(Value::Null) => Patch::Clear,
            Some(value) => match read(&self.named(name), value) {
                Ok(value) => Patch::Set(value),
                Err(fault) => {
                    self.fault(fault);
                    Patch::Keep
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        match value {
            Value::Object(object) => Fields::new(object),
            other => panic!("no object: {other}"),
        }
    }

    fn long_messages(fields: Fields) -> Vec<String> {
        let faults = fields.finish().unwrap_err();
        faults.iter().map(|fault| fault.body().long_message).collect()
    }

    #[test]
    fn fields_are_read_by_their_kind() {
        let mut fields = fields(json!({
            "a": "text", "b": true, "c": 10.0, "d": ["x", "y"], "e": {"k": [1]}, "f": "1970-01-01T00:00:01Z",
        }));

        assert_eq!(fields.required_string("a"), "text");
        assert_eq!(fields.nullable_bool("b"), Patch::Set(true));
        assert_eq!(fields.nullable_integer("c", 0..=10), Patch::Set(10));
        assert_eq!(fields.string_list("d"), ["x", "y"]);
        assert_eq!(fields.metadata("e").unwrap()["k"], json!([1]));
        assert_eq!(fields.nullable_instant("f"), Patch::Set(1000));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn fields_left_out_are_no_fault_unless_required() {
        let mut fields = fields(json!({}));

        assert_eq!(fields.optional_string("a"), None);
        assert_eq!(fields.nullable_string("b"), Patch::Keep);
        assert!(fields.string_list("c").is_empty());
        assert_eq!(fields.metadata("d"), None);
        assert_eq!(fields.required_string("e"), "");
        assert_eq!(long_messages(fields), ["e must be included."]);
    }

    #[test]
    fn null_clears_where_it_may_and_is_a_fault_elsewhere() {
        let mut fields = fields(json!({"a": null, "b": null, "c": null, "d": null}));

        assert_eq!(fields.nullable_string("a"), Patch::Clear);
        assert_eq!(fields.nullable_metadata("b"), Patch::Clear);
        assert_eq!(fields.required_string("c"), "");
        assert_eq!(fields.metadata("d"), None);
        assert_eq!(long_messages(fields), ["c can't be null.", "d can't be null."]);
    }

    #[test]
    fn all_faults_are_told_in_the_order_of_asking_and_unknown_fields_last() {
        let mut fields = fields(json!({"zebra": 1, "ape": 1, "role": 7, "user_id": "u"}));

        fields.required_string("role");
        fields.required_string("user_id");
        fields.required_string("missing");
        fields.required_string("missing");

        assert_eq!(
            long_messages(fields),
            [
                "role is invalid. Received 7, must be of type string.",
                "missing must be included.",
                "ape is not a valid parameter for this request.",
                "zebra is not a valid parameter for this request.",
            ]
        );
    }

    #[test]
    fn fields_of_another_type_are_told_with_what_was_received() {
        let mut fields = fields(json!({
            "a": {"k": 1}, "b": "yes", "c": 2.5, "d": "x", "e": [1], "f": [], "g": 12, "h": "x".repeat(1000),
        }));

        fields.optional_string("a");
        fields.nullable_bool("b");
        fields.nullable_integer("c", 0..=9);
        fields.string_list("d");
        fields.string_list("e");
        fields.metadata("f");
        fields.nullable_instant("g");
        fields.nullable_bool("h");

        let cut = format!("h is invalid. Received \"{}…, must be of type boolean.", "x".repeat(63));
        assert_eq!(
            long_messages(fields),
            [
                r#"a is invalid. Received {"k":1}, must be of type string."#,
                r#"b is invalid. Received "yes", must be of type boolean."#,
                "c is invalid. Received 2.5, must be of type integer.",
                r#"d is invalid. Received "x", must be of type array."#,
                "e is invalid. Received 1, must be of type string.",
                "f is invalid. It must be a JSON object.",
                "g is invalid. Received 12, must be of type string.",
                cut.as_str(),
            ]
        );
    }

    #[test]
    fn integers_beyond_the_range_are_invalid_values() {
        for value in [json!(-1), json!(11), json!(1e30), json!(u64::MAX), json!(i64::MIN)] {
            let mut fields = fields(json!({"a": value}));

            assert_eq!(fields.nullable_integer("a", 0..=10), Patch::Keep);
            let faults = fields.finish().unwrap_err();
            assert_eq!(faults[0].code(), Code::ParameterValueInvalid, "{value}");
        }
    }

    #[test]
    fn integers_are_read_at_both_ends_of_their_type() {
        let mut fields = fields(json!({"a": i64::MAX, "b": -9_223_372_036_854_775_808.0}));

        assert_eq!(fields.nullable_integer("a", i64::MIN..=i64::MAX), Patch::Set(i64::MAX));
        assert_eq!(fields.nullable_integer("b", i64::MIN..=i64::MAX), Patch::Set(i64::MIN));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn nul_in_text_is_refused_and_kept_in_metadata() {
        let mut fields = fields(json!({"a": "x\0", "b": ["\0"], "c": {"k": "\0"}}));

        fields.optional_string("a");
        fields.string_list("b");
        let metadata = fields.metadata("c");

        assert_eq!(metadata.unwrap()["k"], json!("\0"));
        let faults = fields.finish().unwrap_err();
        assert_eq!(faults, [Code::ParameterNul.parameter("a"), Code::ParameterNul.parameter("b")]);
    }

    #[test]
    fn objects_of_a_list_are_read_and_their_faults_name_the_place() {
        let list = json!([{"a": "x"}, {"a": 5, "b": 1}, 7, {}]);
        let mut fields = fields(json!({"list": list, "none": [], "many": [{}, {}], "odd": {}}));

        let read = fields.required_objects("list", 4, |object| object.required_string("a"));
        for name in ["none", "many", "odd", "missing"] {
            assert!(fields.required_objects(name, 1, |_| ()).is_empty());
        }

        assert_eq!(read, ["x", "", ""]);
        assert_eq!(
            long_messages(fields),
            [
                "list[1].a is invalid. Received 5, must be of type string.",
                "list[1].b is not a valid parameter for this request.",
                "list[2] is invalid. Received 7, must be of type object.",
                "list[3].a must be included.",
                "none is invalid. Must be not empty",
                "many should not exceed 1 items.",
                "odd is invalid. Received {}, must be of type array.",
                "missing must be included.",
            ]
        );
    }

    #[test]
    fn a_field_that_is_not_served_is_refused_unless_null() {
        let mut fields = fields(json!({"a": null, "b": false}));

        fields.unsupported("a");
        fields.unsupported("b");
        fields.unsupported("c");

        let faults = fields.finish().unwrap_err();
        assert_eq!(faults, [Code::ParameterUnknown.parameter("b")]);
    }

    #[test]
    fn a_body_of_unknown_fields_is_answered_within_bounds() {
        let object = (0..1000).map(|index| (index.to_string(), Value::Null)).collect();

        assert_eq!(Fields::new(object).finish().unwrap_err().len(), MOST_FAULTS);
    }

    proptest! {
        #[test]
        fn readers_never_panic(text in r#"[{}\[\]",:0-9eE.\- nulta]{0,30}"#) {
            let Ok(value) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
            let object = Map::from_iter(["a", "b", "c", "d", "e"].map(|name| (name.to_owned(), value.clone())));
            let mut fields = Fields::new(object);

            fields.nullable_string("a");
            fields.nullable_integer("b", -5..=5);
            fields.string_list("c");
            fields.nullable_instant("d");
            fields.nullable_bool("e");
            let _ = fields.finish();
        }
    }
}
