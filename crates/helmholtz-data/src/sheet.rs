//! Tables that are written: what needs quotes gets them.

/// A table as CSV, with a header.
///
/// ```
/// let mut sheet = helmholtz_data::Sheet::new(["line", "format"]);
/// sheet.push(["2", "[0-9]{2},[0-9]"]);
/// assert_eq!(sheet.finish(), b"line,format\n2,\"[0-9]{2},[0-9]\"\n");
/// ```
#[derive(Debug)]
pub struct Sheet<const N: usize>(csv::Writer<Vec<u8>>);

impl<const N: usize> Sheet<N> {
    /// One without rows.
    pub fn new(header: [&str; N]) -> Self {
        let mut sheet = Self(csv::Writer::from_writer(vec![]));
        sheet.push(header);
        sheet
    }

    /// Adds a row.
    pub fn push(&mut self, cells: [&str; N]) {
        // It is written to memory, and all rows are as wide, so there is no error.
        let written = self.0.write_record(cells);
        debug_assert!(written.is_ok());
    }

    /// Its bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}
