//! Bars as SVG, by hand: a picture of a few numbers needs no library.

use std::fmt::Write;

/// The colours of subjects, in the order in which they first appear.
const COLOURS: [&str; 6] = ["#2b6cb0", "#a0aec0", "#38a169", "#d69e2e", "#c53030", "#805ad5"];
const WIDTH: usize = 760;
const LABEL: usize = 300;
const ROW: usize = 20;

/// A bar.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// What it is about; the same for bars that belong together.
    pub(crate) label: String,
    /// Whose it is.
    pub(crate) subject: String,
    pub(crate) value: f64,
}

/// A picture of bars, on a linear scale that begins at nothing.
pub(crate) fn bars(title: &str, unit: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.value).fold(1e-9, f64::max);
    let mut subjects: Vec<&str> = Vec::new();
    for bar in bars {
        if !subjects.contains(&bar.subject.as_str()) {
            subjects.push(&bar.subject);
        }
    }
    let height = 60 + bars.len() * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"10\" y=\"18\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    // Writing to a string cannot fail.
    let mut x = 10;
    for (subject, colour) in subjects.iter().zip(COLOURS) {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"28\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"37\">{}</text>",
            x + 14,
            escaped(subject)
        );
        x += 30 + subject.len() * 7;
    }
    let mut before = "";
    for (place, bar) in bars.iter().enumerate() {
        let y = 50 + place * ROW;
        if bar.label != before {
            let _ = writeln!(svg, "<text x=\"10\" y=\"{}\">{}</text>", y + 12, escaped(&bar.label));
            before = &bar.label;
        }
        let colour = subjects.iter().position(|subject| *subject == bar.subject).unwrap_or(0);
        let colour = COLOURS[colour % COLOURS.len()];
        let width = bar.value / most * (WIDTH - LABEL - 110) as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{LABEL}\" y=\"{y}\" width=\"{width:.1}\" height=\"15\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{} {}</text>",
            LABEL as f64 + width + 4.0,
            y + 12,
            short(bar.value),
            escaped(unit)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A number with as many digits as a reader wants.
pub(crate) fn short(value: f64) -> String {
    match value {
        value if value >= 1000.0 => {
            let digits = format!("{value:.0}");
            let mut grouped = String::new();
            for (place, digit) in digits.chars().enumerate() {
                if place > 0 && (digits.len() - place) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            grouped
        }
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let shown = [1234567.4, 1000.0, 999.4, 12.34, 1.234, 0.0].map(short);

        assert_eq!(shown, ["1,234,567", "1,000", "999", "12.3", "1.23", "0.00"]);
    }

    #[test]
    fn the_longest_bar_fills_the_picture_and_others_their_share_of_it() {
        let bar = |value| Bar { label: "a<b".to_owned(), subject: "s".to_owned(), value };

        let svg = bars("t", "µs", &[bar(10.0), bar(5.0)]);

        assert!(svg.contains("width=\"350.0\"") && svg.contains("width=\"175.0\""), "{svg}");
        assert!(svg.contains("a&lt;b"), "{svg}");
    }
}
