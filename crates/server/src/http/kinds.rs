//! The kinds of values a body's fields can have, read one at a time.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use guildhall_types::{Code, Fault, Metadata};
use serde_json::{Map, Number, Value};

use super::instant;

/// The most characters of a received value that an error repeats.
const REPEATED_CHARACTERS: usize = 64;

/// `text`, cut where an error would become unwieldy.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(REPEATED_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Text without NUL, which no database takes.
pub(super) fn string(name: &str, value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) if text.contains('\0') => Err(Code::ParameterNul.parameter(name)),
        Value::String(text) => Ok(text),
        other => Err(mistyped(name, &other, "string")),
    }
}

/// One of the texts in `choices`.
pub(super) fn choice(choices: &[&str]) -> impl FnOnce(&str, Value) -> Result<String, Fault> {
    move |name, value| {
        let text = string(name, value)?;
        if choices.contains(&text.as_str()) {
            return Ok(text);
        }
        let fault = Code::ParameterValueNotAllowed.parameter(name).value(shortened(&text));
        Err(fault.value(choices.join(", ")))
    }
}

/// Text that no error may repeat, such as a password.
pub(super) fn secret(name: &str, value: Value) -> Result<String, Fault> {
    string(name, value).map_err(|fault| match fault.code() {
        Code::ParameterTypeInvalid => {
            Code::ParameterTypeInvalid.parameter(name).value("another").value("string")
        }
        _ => fault,
    })
}

/// `true` or `false`.
pub(super) fn boolean(name: &str, value: Value) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| mistyped(name, &value, "boolean"))
}

/// A whole number in `range`, also when written as `10.0`.
pub(super) fn integer(
    range: RangeInclusive<i64>,
) -> impl FnOnce(&str, Value) -> Result<i64, Fault> {
    move |name, value| {
        let Value::Number(number) = &value else { return Err(mistyped(name, &value, "integer")) };
        if number.as_f64().is_some_and(|double| double.fract() != 0.0) {
            return Err(mistyped(name, &value, "integer"));
        }
        whole(number).filter(|whole| range.contains(whole)).ok_or_else(|| {
            Code::ParameterValueInvalid.parameter(name).value(shortened(&value.to_string()))
        })
    }
}

/// A list of texts.
pub(super) fn strings(name: &str, value: Value) -> Result<Vec<String>, Fault> {
    match value {
        Value::Array(items) => items.into_iter().map(|item| string(name, item)).collect(),
        other => Err(mistyped(name, &other, "array")),
    }
}

/// Texts by name.
pub(super) fn string_map(name: &str, value: Value) -> Result<BTreeMap<String, String>, Fault> {
    let texts = object(name, value)?.into_iter();
    texts.map(|(key, value)| Ok((key, string(name, value)?))).collect()
}

/// A list of 1 to `most` texts.
pub(super) fn some_strings(most: usize) -> impl FnOnce(&str, Value) -> Result<Vec<String>, Fault> {
    move |name, value| some(name, most, strings(name, value)?)
}

/// A list of 1 to `most` values.
pub(super) fn array(most: usize) -> impl FnOnce(&str, Value) -> Result<Vec<Value>, Fault> {
    move |name, value| match value {
        Value::Array(items) => some(name, most, items),
        other => Err(mistyped(name, &other, "array")),
    }
}

/// A list, if it has 1 to `most` items.
fn some<T>(name: &str, most: usize, items: Vec<T>) -> Result<Vec<T>, Fault> {
    match items.len() {
        0 => Err(Code::ParameterEmpty.parameter(name)),
        length if length > most => {
            Err(Code::ParameterArrayTooLong.parameter(name).value(most.to_string()))
        }
        _ => Ok(items),
    }
}

/// A JSON object with fields of its own.
pub(super) fn object(name: &str, value: Value) -> Result<Map<String, Value>, Fault> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(mistyped(name, &other, "object")),
    }
}

/// A JSON object of the caller's own.
pub(super) fn metadata(name: &str, value: Value) -> Result<Metadata, Fault> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Code::MetadataTypeInvalid.parameter(name)),
    }
}

/// An instant in RFC 3339, in Unix milliseconds.
pub(super) fn instant(name: &str, value: Value) -> Result<i64, Fault> {
    let text = string(name, value)?;
    instant::parse(&text).ok_or_else(|| Code::ParameterTimeInvalid.parameter(name))
}

fn mistyped(name: &str, value: &Value, expected: &str) -> Fault {
    let received = shortened(&value.to_string());
    Code::ParameterTypeInvalid.parameter(name).value(received).value(expected)
}

fn whole(number: &Number) -> Option<i64> {
    /// 2 to the 63rd, the first double beyond an `i64`.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if number.is_f64() {
        let double = number.as_f64().filter(|double| (-BEYOND..BEYOND).contains(double))?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the range")]
        return Some(double as i64);
    }
    number.as_i64()
}
