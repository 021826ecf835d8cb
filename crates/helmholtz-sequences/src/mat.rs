//! MATLAB files of version 5, as `save -v6` and `save -v7` write them: cell arrays of matrices and plain
//! matrices. Public collections of piano rolls come as such files.
//!
//! A file is a list of elements, each with its kind and length. A variable is one element, perhaps compressed,
//! and holds further elements: flags, sides, name and values, or cells. Lengths and sides are checked against
//! the bytes that are there before anything is allocated for them.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::ZlibDecoder;
use thiserror::Error;

/// The bytes before the first element.
const HEADER: usize = 128;

/// The most bytes that all compressed variables of a file may unpack to. Zeros shrink a thousandfold.
const MOST_UNPACKED: u64 = 256 << 20;

/// The most numbers of a file: 1 GiB of them. One that is stored in a byte takes eight here.
const MOST_VALUES: usize = 1 << 27;

/// The most matrices of a file. An empty cell takes eight bytes there and forty here.
const MOST_MATRICES: usize = 1 << 20;

/// How deep cells may lie in cells.
const DEEPEST: usize = 4;

/// The kinds of elements that are no lists of numbers.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// The kinds of the elements that describe a matrix.
const INT32: u32 = 5;
const UINT32: u32 = 6;

/// The classes of matrices that are read: cells, and numbers from double to 64 bits.
const CELL: u8 = 1;
const FIRST_NUMERIC: u8 = 6;
const LAST_NUMERIC: u8 = 15;

/// The flag of complex numbers.
const COMPLEX: u8 = 8;

/// Why a MATLAB file cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MatError {
    /// The header is not that of version 5.
    #[error(
        "this is no MATLAB file of version 5: give a .mat file that was saved with `-v6` or `-v7`"
    )]
    NotMat,
    /// A newer format of the same name.
    #[error("the MATLAB file has version 7.3, which is HDF5: save it again with `-v7`")]
    Hdf5,
    /// The bytes end before the element does.
    #[error("the MATLAB file ends inside {0}: it is cut off or damaged, get it again")]
    Truncated(&'static str),
    /// The bytes make no sense.
    #[error("the MATLAB file is damaged, {0}: get it again")]
    Damaged(&'static str),
    /// Compressed bytes do not unpack.
    #[error("a compressed variable does not unpack ({0}): the file is damaged, get it again")]
    Compression(String),
    /// The file is larger than anything that is meant to be read here.
    #[error("the MATLAB file holds more than {0}: save its variables to several files")]
    TooLarge(&'static str),
    /// Cells in cells in cells.
    #[error("cells lie more than 4 deep in each other: unpack them before saving")]
    TooDeep,
    /// Something that is no matrix of real numbers.
    #[error("{0} cannot be read: save cells of real matrices with rows and columns")]
    Unsupported(&'static str),
    /// The sides do not fit the values.
    #[error(
        "a matrix of {rows} by {columns} does not fit its {bytes} bytes: the file is damaged, get it again"
    )]
    Sides {
        /// The rows that the file states.
        rows: usize,
        /// The columns that the file states.
        columns: usize,
        /// The bytes of its values.
        bytes: usize,
    },
    /// Two variables of one name.
    #[error("the variable `{0}` is there twice: the file is damaged, save it anew")]
    Duplicate(String),
}

/// A matrix of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// How many rows there are.
    pub rows: usize,
    /// How many columns there are.
    pub columns: usize,
    /// The numbers, row by row.
    pub values: Vec<f64>,
}

/// Reads a MATLAB file: the matrices of every cell array by its name, and other numeric variables as lists of
/// one matrix. Cells come in the order in which MATLAB counts them, column by column, and cells in cells are
/// listed in place.
///
/// A matrix without values is 0 by 0, whatever sides the file states. Integers beyond 2^53 are rounded.
/// Variables that are text, structures, sparse or objects are left out, and so is what has no name.
///
/// # Errors
/// When the bytes are no whole MATLAB file of version 5, when they unpack to more than 256 MiB, 2^20 matrices or
/// 2^27 numbers, and when a variable holds what is no matrix of real numbers: text in a cell, complex numbers,
/// three or more sides.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<Matrix>>, MatError> {
    let (order, rest) = header(bytes)?;
    let mut elements = Elements { rest, order };
    let mut file = File::default();
    while !elements.rest.is_empty() {
        let element = elements.next("a variable")?;
        match element.kind {
            MATRIX => file.variable(element.data, order)?,
            COMPRESSED => {
                let unpacked = file.unpack(element.data)?;
                let mut inner = Elements {
                    rest: &unpacked,
                    order,
                };
                file.variable(inner.next_of(MATRIX, "a compressed variable")?, order)?;
            }
            _ => return Err(MatError::Damaged("as something in it is no variable")),
        }
    }
    Ok(file.variables)
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The words in `bytes`, least byte first.
    fn words<const N: usize>(self, bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
        bytes.as_chunks().0.iter().map(move |word| {
            let mut word = *word;
            if self == Order::Big {
                word.reverse();
            }
            word
        })
    }
}

/// The order that the header states, and the bytes after the header.
fn header(bytes: &[u8]) -> Result<(Order, &[u8]), MatError> {
    let (head, rest) = bytes.split_at_checked(HEADER).ok_or(MatError::NotMat)?;
    let Some(&[v0, v1, mark @ ..]) = head.last_chunk::<4>() else {
        return Err(MatError::NotMat);
    };
    let (order, version) = match &mark {
        b"IM" => (Order::Little, u16::from_le_bytes([v0, v1])),
        b"MI" => (Order::Big, u16::from_be_bytes([v0, v1])),
        _ => return Err(MatError::NotMat),
    };
    match version {
        0x0100 => Ok((order, rest)),
        0x0200 => Err(MatError::Hdf5),
        _ => Err(MatError::NotMat),
    }
}

/// A piece of the file, with the kind that it states.
struct Element<'a> {
    kind: u32,
    data: &'a [u8],
}

/// Elements that follow each other.
struct Elements<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Elements<'a> {
    /// Splits the next element off. `place` says what it belongs to.
    fn next(&mut self, place: &'static str) -> Result<Element<'a>, MatError> {
        let cut = || MatError::Truncated(place);
        let (tag, rest) = self.rest.split_first_chunk::<8>().ok_or_else(cut)?;
        let &[a, b, c, d, e, f, g, h] = tag;
        let kind = self.order.u32([a, b, c, d]);
        let small = (kind >> 16) as usize;
        if small != 0 {
            return self.small(kind & 0xffff, small, rest);
        }
        let length = self.order.u32([e, f, g, h]) as usize;
        let (data, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        // All but compressed elements end at a multiple of eight bytes.
        let gap = length.wrapping_neg() % 8;
        let gap = if kind == COMPRESSED { 0 } else { gap };
        self.rest = rest.get(gap..).unwrap_or_default();
        Ok(Element { kind, data })
    }

    /// An element of up to four bytes, which lie in its tag.
    fn small(&mut self, kind: u32, length: usize, rest: &'a [u8]) -> Result<Element<'a>, MatError> {
        let packed = self.rest.get(4..8).and_then(|bytes| bytes.get(..length));
        let data = packed.ok_or(MatError::Damaged("as a short element has over four bytes"))?;
        self.rest = rest;
        Ok(Element { kind, data })
    }

    /// The bytes of the next element, which must be of this kind.
    fn next_of(&mut self, kind: u32, place: &'static str) -> Result<&'a [u8], MatError> {
        let element = self.next(place)?;
        if element.kind != kind {
            return Err(MatError::Damaged("as its parts are in the wrong order"));
        }
        Ok(element.data)
    }
}

/// A matrix or cell array whose description is read and whose contents are not.
struct Array<'a> {
    class: u8,
    complex: bool,
    rows: usize,
    columns: usize,
    name: &'a [u8],
    contents: Elements<'a>,
}

impl<'a> Array<'a> {
    /// Reads the description. `None` stands for what is neither cells nor numbers: it may be described in other
    /// ways, so nothing after its class is looked at.
    fn parse(data: &'a [u8], order: Order) -> Result<Option<Self>, MatError> {
        let mut contents = Elements { rest: data, order };
        let flags = contents.next_of(UINT32, "the flags of a variable")?;
        let Some([class, flags, ..]) = order.words::<4>(flags).next() else {
            return Err(MatError::Damaged("as a variable has no class"));
        };
        if class != CELL && !(FIRST_NUMERIC..=LAST_NUMERIC).contains(&class) {
            return Ok(None);
        }
        let sides = contents.next_of(INT32, "the sides of a variable")?;
        let mut sides = order
            .words(sides)
            .map(|side| u32::from_le_bytes(side) as usize);
        let (Some(rows), Some(columns), None) = (sides.next(), sides.next(), sides.next()) else {
            return Err(MatError::Unsupported("an array of more than two sides"));
        };
        let name = contents.next("the name of a variable")?.data;
        Ok(Some(Self {
            class,
            complex: flags & COMPLEX != 0,
            rows,
            columns,
            name,
            contents,
        }))
    }
}

/// What is read so far, with what it cost.
#[derive(Default)]
struct File {
    variables: BTreeMap<String, Vec<Matrix>>,
    unpacked: u64,
    matrices: usize,
    values: usize,
}

impl File {
    /// Unpacks a compressed variable. It may be far larger than its bytes, so it is cut off at the limit.
    fn unpack(&mut self, data: &[u8]) -> Result<Vec<u8>, MatError> {
        let left = MOST_UNPACKED.saturating_sub(self.unpacked);
        let mut unpacked = Vec::new();
        let mut decoder = ZlibDecoder::new(data).take(left + 1);
        let read = decoder.read_to_end(&mut unpacked);
        self.unpacked += read.map_err(|error| MatError::Compression(error.to_string()))? as u64;
        if self.unpacked > MOST_UNPACKED {
            return Err(MatError::TooLarge("256 MiB when unpacked"));
        }
        Ok(unpacked)
    }

    /// Adds a variable, if it is one of cells or numbers. Elements without a name are notes that MATLAB keeps
    /// for itself.
    fn variable(&mut self, data: &[u8], order: Order) -> Result<(), MatError> {
        let Some(array) = Array::parse(data, order)?.filter(|array| !array.name.is_empty()) else {
            return Ok(());
        };
        let name = String::from_utf8_lossy(array.name).into_owned();
        let mut matrices = Vec::new();
        self.collect(array, 0, &mut matrices)?;
        match self.variables.insert(name.clone(), matrices) {
            None => Ok(()),
            Some(_) => Err(MatError::Duplicate(name)),
        }
    }

    /// Lists the matrices of an array that lies `depth` deep in cells.
    fn collect(
        &mut self,
        mut array: Array,
        depth: usize,
        matrices: &mut Vec<Matrix>,
    ) -> Result<(), MatError> {
        if array.class != CELL {
            matrices.push(self.matrix(array)?);
            return Ok(());
        }
        if depth == DEEPEST {
            return Err(MatError::TooDeep);
        }
        // Every cell takes bytes, so that a false count soon runs out of them.
        for _ in 0..array.rows.saturating_mul(array.columns) {
            let data = array.contents.next_of(MATRIX, "a cell array")?;
            if data.is_empty() {
                self.spend(0)?;
                matrices.push(Matrix::default());
                continue;
            }
            let cell = Array::parse(data, array.contents.order)?;
            let cell = cell.ok_or(MatError::Unsupported("a cell of something but numbers"))?;
            self.collect(cell, depth + 1, matrices)?;
        }
        Ok(())
    }

    /// Counts one more matrix of so many values.
    fn spend(&mut self, values: usize) -> Result<(), MatError> {
        self.matrices += 1;
        self.values += values;
        if self.matrices > MOST_MATRICES {
            return Err(MatError::TooLarge("2^20 matrices"));
        }
        if self.values > MOST_VALUES {
            return Err(MatError::TooLarge("2^27 numbers"));
        }
        Ok(())
    }

    /// Reads the numbers of a matrix, which the file holds column by column.
    fn matrix(&mut self, mut array: Array) -> Result<Matrix, MatError> {
        if array.complex {
            return Err(MatError::Unsupported("a matrix of complex numbers"));
        }
        let (rows, columns) = (array.rows, array.columns);
        let element = array.contents.next("the values of a matrix")?;
        let bytes = element.data.len();
        let count = rows.checked_mul(columns);
        if count.and_then(|count| count.checked_mul(width(element.kind)?)) != Some(bytes) {
            return Err(MatError::Sides {
                rows,
                columns,
                bytes,
            });
        }
        self.spend(count.unwrap_or(0))?;
        // A side without values costs no bytes, so the other one may be anything.
        if bytes == 0 {
            return Ok(Matrix::default());
        }
        let by_column = numbers(&element, array.contents.order);
        let mut values = Vec::with_capacity(by_column.len());
        for row in 0..rows {
            values.extend(by_column.iter().skip(row).step_by(rows));
        }
        Ok(Matrix {
            rows,
            columns,
            values,
        })
    }
}

/// The bytes of a number of this kind.
fn width(kind: u32) -> Option<usize> {
    match kind {
        1 | 2 => Some(1),
        3 | 4 => Some(2),
        5..=7 => Some(4),
        9 | 12 | 13 => Some(8),
        _ => None,
    }
}

/// The numbers of an element. MATLAB stores whole numbers in the smallest kind that holds them all, whatever
/// their class.
fn numbers(element: &Element, order: Order) -> Vec<f64> {
    let data = element.data;
    match element.kind {
        1 => data.iter().map(|byte| byte.cast_signed().into()).collect(),
        2 => data.iter().map(|byte| (*byte).into()).collect(),
        3 => order
            .words(data)
            .map(|word| i16::from_le_bytes(word).into())
            .collect(),
        4 => order
            .words(data)
            .map(|word| u16::from_le_bytes(word).into())
            .collect(),
        5 => order
            .words(data)
            .map(|word| i32::from_le_bytes(word).into())
            .collect(),
        6 => order
            .words(data)
            .map(|word| u32::from_le_bytes(word).into())
            .collect(),
        7 => order
            .words(data)
            .map(|word| f32::from_le_bytes(word).into())
            .collect(),
        9 => order.words(data).map(f64::from_le_bytes).collect(),
        12 => order
            .words(data)
            .map(|word| i64::from_le_bytes(word) as f64)
            .collect(),
        13 => order
            .words(data)
            .map(|word| u64::from_le_bytes(word) as f64)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
