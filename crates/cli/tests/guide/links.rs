//! Looks for links of a page that lead nowhere in the repository.

use std::path::Path;

use crate::blocks::Page;
use crate::programs::root;

/// The links to files or headings that do not exist, with file and line.
pub(crate) fn broken(page: &Page) -> Vec<String> {
    let mut broken = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("https://") && !leads_somewhere(page, link) {
                broken.push(format!("{}:{}: `{link}` leads nowhere", page.name, index + 1));
            }
        }
    }
    broken
}

fn leads_somewhere(page: &Page, link: &str) -> bool {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, it)| (file, Some(it)));
    let here = Path::new(&page.name);
    let path = match file {
        "" => root().join(here),
        file => root().join(here.parent().unwrap_or(Path::new(""))).join(file),
    };
    let has = |heading: &str| {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading)
    };
    path.exists() && heading.is_none_or(has)
}

/// The anchor that GitHub gives to a heading.
fn anchor(line: &str) -> String {
    let words = line.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found_with_its_line() {
        let text = "[a](README.md)\n[b](nothing.md), [c](README.md#start)\n[d](README.md#none)\n";
        let page = Page { name: "page.md".to_owned(), text: text.to_owned() };

        assert_eq!(
            broken(&page),
            ["page.md:2: `nothing.md` leads nowhere", "page.md:3: `README.md#none` leads nowhere"]
        );
    }
}
