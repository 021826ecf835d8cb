//! Text for people as data: lines with a label and parts that stand out, laid out by whoever shows them.

use crate::search::Trust;

/// What is less probable is not worth a line.
const UNWORTHY: f64 = 0.005;

/// Lines of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The lines, in their order.
    pub lines: Vec<Line>,
    /// For an answer in brief, whose lines belong together: how many of the first things that it leaves out they tell
    /// themselves.
    pub brief: Option<usize>,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What stands in the margin: a weight, or the name of a part. `None` is a line without a margin.
    pub label: Option<String>,
    /// The rest.
    pub parts: Vec<Part>,
    /// Whether it names what the answer is about.
    pub title: bool,
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// How it is shown.
    pub tone: Tone,
}

/// How a piece of text is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As everything else.
    #[default]
    Plain,
    /// So that it stands out.
    Strong,
    /// So that it stands back.
    Faint,
}

/// A plain piece.
pub fn plain(text: impl Into<String>) -> Part {
    Part {
        text: text.into(),
        tone: Tone::Plain,
    }
}

/// A piece that stands out.
pub fn strong(text: impl Into<String>) -> Part {
    Part {
        text: text.into(),
        tone: Tone::Strong,
    }
}

/// A piece that stands back.
pub fn faint(text: impl Into<String>) -> Part {
    Part {
        text: text.into(),
        tone: Tone::Faint,
    }
}

/// The best of several stands out.
pub fn first_strong(index: usize, text: impl Into<String>) -> Part {
    match index {
        0 => strong(text),
        _ => plain(text),
    }
}

impl Text {
    /// A line without a margin.
    pub fn line(&mut self, parts: impl IntoIterator<Item = Part>) -> &mut Self {
        self.lines.push(Line {
            label: None,
            parts: parts.into_iter().collect(),
            title: false,
        });
        self
    }

    /// A line with something in the margin.
    pub fn item(
        &mut self,
        label: impl Into<String>,
        parts: impl IntoIterator<Item = Part>,
    ) -> &mut Self {
        self.lines.push(Line {
            label: Some(label.into()),
            parts: parts.into_iter().collect(),
            title: false,
        });
        self
    }

    /// Several lines, of which the first has something in the margin.
    pub fn items(
        &mut self,
        label: &str,
        lines: impl IntoIterator<Item = impl Into<String>>,
    ) -> &mut Self {
        for (i, line) in lines.into_iter().enumerate() {
            self.item(if i == 0 { label } else { "" }, [plain(line)]);
        }
        self
    }

    /// What is probable beside answers that have `shown` of the probability: others that were found, and what was not
    /// found, where that is worth a line.
    pub fn beside(&mut self, shown: f64, trust: &Trust) -> &mut Self {
        let lines = [
            (trust.found() - shown, "others that were found"),
            (trust.not_found, "something else, not found by the search"),
        ];
        for (probability, what) in lines.into_iter().filter(|line| line.0 >= UNWORTHY) {
            self.item(super::words::percent(probability), [faint(what)]);
        }
        self
    }

    /// The name of what the text is about, with a remark that stands back.
    pub fn title(&mut self, name: &str, remark: impl Into<String>) -> &mut Self {
        let remark = remark.into();
        let mut parts = vec![strong(super::words::visible(name))];
        if !remark.is_empty() {
            parts.extend([plain("  "), faint(remark)]);
        }
        self.lines.push(Line {
            label: None,
            parts,
            title: true,
        });
        self
    }
}
