//! Steps of a stream as lines of text.

use super::music::NOTES;

/// What lines hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFormat {
    /// The notes that sound, from 0 to 87, with or without brackets; nothing for silence.
    Notes,
    /// As many numbers as a step has, between commas, semicolons, tabs or spaces.
    Numbers,
}

/// A reader of lines.
#[derive(Clone, Debug)]
pub struct Lines {
    format: LineFormat,
    width: usize,
    /// The columns that are read, where a header said so.
    columns: Option<Vec<usize>>,
    seen: u64,
}

impl Lines {
    /// Of steps of `width` numbers.
    pub fn new(format: LineFormat, width: usize) -> Self {
        Self {
            format,
            width,
            columns: None,
            seen: 0,
        }
    }

    /// The step of a line; `None` of a header.
    ///
    /// # Errors
    /// When it is no step; says what it should be.
    pub fn step(&mut self, line: &str) -> Result<Option<Vec<f32>>, String> {
        self.seen += 1;
        match self.format {
            LineFormat::Notes => notes(line).map(Some),
            LineFormat::Numbers => self.numbers(line),
        }
    }

    fn numbers(&mut self, line: &str) -> Result<Option<Vec<f32>>, String> {
        let cells = cells(line);
        let is_name = |cell: &&str| cell.parse::<f64>().is_err();
        if self.seen == 1 && cells.iter().any(is_name) {
            let left_out = |name: &str| ["sequence", "t"].contains(&&*name.to_ascii_lowercase());
            let kept = (0..cells.len()).filter(|&i| !left_out(cells[i].trim_matches('"')));
            self.columns = Some(kept.collect());
            return Ok(None);
        }
        let chosen: Vec<&str> = match &self.columns {
            Some(columns) => columns
                .iter()
                .filter_map(|&i| cells.get(i).copied())
                .collect(),
            None => cells,
        };
        if chosen.len() != self.width {
            let (found, width) = (chosen.len(), self.width);
            return Err(format!(
                "{found} numbers, where the model has {width} a step"
            ));
        }
        let number = |cell: &&str| {
            let number = cell.parse::<f32>().ok().filter(|x| x.is_finite());
            number.ok_or_else(|| format!("`{cell}` is no number"))
        };
        chosen
            .iter()
            .map(number)
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    match line.contains([',', ';', '\t']) {
        true => line.split([',', ';', '\t']).map(str::trim).collect(),
        false => line.split_whitespace().collect(),
    }
}

fn notes(line: &str) -> Result<Vec<f32>, String> {
    let inside = line.trim().trim_start_matches('[').trim_end_matches(']');
    let mut row = vec![0.0; NOTES];
    for cell in cells(inside).into_iter().filter(|cell| !cell.is_empty()) {
        let place = cell.parse::<usize>().ok().and_then(|n| row.get_mut(n));
        *place.ok_or_else(|| {
            format!("there is no note `{cell}`; notes are 0 to 87, MIDI numbers less 21")
        })? = 1.0;
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_with_or_without_brackets() {
        let mut lines = Lines::new(LineFormat::Notes, NOTES);
        let mut notes = |line| {
            let row = lines.step(line).unwrap().unwrap();
            (0..NOTES).filter(|&n| row[n] == 1.0).collect::<Vec<_>>()
        };
        assert_eq!(notes("[3, 7]"), [3, 7]);
        assert_eq!(notes("87 0\r"), [0, 87]);
        assert!(notes("").is_empty() && notes("[]").is_empty());
        let error = lines.step("[3, 88]").unwrap_err();
        assert!(error.contains("no note `88`"), "{error}");
    }

    #[test]
    fn numbers_are_read_after_a_header_that_chooses_columns() {
        let mut lines = Lines::new(LineFormat::Numbers, 2);
        assert_eq!(lines.step("t,x,y"), Ok(None));
        assert_eq!(lines.step("1, 2.5,-3"), Ok(Some(vec![2.5, -3.0])));
        for (bad, part) in [
            ("2,1", "1 numbers"),
            ("2,x,1", "`x` is no number"),
            ("2,NaN,1", "NaN"),
            ("", "numbers"),
        ] {
            let error = lines.step(bad).unwrap_err();
            assert!(error.contains(part), "{bad}: {error}");
        }
        let mut bare = Lines::new(LineFormat::Numbers, 2);
        assert_eq!(bare.step("1 2"), Ok(Some(vec![1.0, 2.0])));
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_it_panic(lines: Vec<String>) {
            for format in [LineFormat::Notes, LineFormat::Numbers] {
                let mut reader = Lines::new(format, 3);
                for line in &lines {
                    let _ = reader.step(line);
                }
            }
        }
    }
}
