//! `docs/errors.md` lists the error table; `GUILDHALL_UPDATE=1` writes it anew.

use std::fmt::Write;
use std::path::Path;

use guildhall_types::Code;

const INTRODUCTION: &str = "\
<!-- Made from the error table by `GUILDHALL_UPDATE=1 cargo test -p guildhall-types --test errors_page`. -->

# Errors

Every answer that is not a success has this body:

```json
{
  \"errors\": [
    {
      \"message\": \"is missing\",
      \"long_message\": \"user_id must be included.\",
      \"code\": \"form_param_missing\",
      \"meta\": { \"param_name\": \"user_id\" }
    }
  ],
  \"clerk_trace_id\": \"ff692c2bf22090dc40349eafa4953d2e\"
}
```

All faults of a request's parameters are listed at once, and the first one gives the status. `meta`
is there when an error is about one parameter. `clerk_trace_id` is also the header
`x-clerk-trace-id` and the `trace_id` of the request's line in the log.

Programs should look at `code`, and at `meta.param_name` where several rows share a code. In the
messages `{0}`, `{1}` and `{2}` stand for names and values of the request.

";

#[test]
fn the_page_of_errors_lists_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let page = page();

    if std::env::var_os("GUILDHALL_UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, &page).expect("the page can be written");
    }

    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/errors.md is out of date: run this with GUILDHALL_UPDATE=1");
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("| status | `code` | `message` | `long_message` |\n|---|---|---|---|\n");
    for code in Code::ALL {
        let body = code.about(&["{0}", "{1}", "{2}"]).body();
        let (message, long_message) = (cell(&body.message), cell(&body.long_message));
        let (status, code) = (code.status(), code.code());
        writeln!(page, "| {status} | `{code}` | {message} | {long_message} |")
            .expect("writing to a string cannot fail");
    }
    page
}

/// Text as Markdown shows it in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('>', "&gt;")
}
