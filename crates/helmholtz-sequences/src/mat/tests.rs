//! Tests of the reader.

use super::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;
use std::io::{Write, copy, repeat};

const ORDERS: [Order; 2] = [Order::Little, Order::Big];
const UINT8: u32 = 2;
const DOUBLE: u32 = 9;

impl Order {
    /// The bytes of a number, from its little-endian ones.
    fn bytes<const N: usize>(self, mut word: [u8; N]) -> [u8; N] {
        if self == Order::Big {
            word.reverse();
        }
        word
    }

    fn words_of(self, words: &[u32]) -> Vec<u8> {
        words
            .iter()
            .flat_map(|word| self.bytes(word.to_le_bytes()))
            .collect()
    }

    fn element(self, kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = self.words_of(&[kind, data.len() as u32]);
        bytes.extend(data);
        if kind != COMPRESSED {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        bytes
    }

    /// A matrix element with these contents.
    fn array(self, name: &str, flags: u32, sides: &[u32], contents: &[u8]) -> Vec<u8> {
        let parts = [
            self.element(UINT32, &self.words_of(&[flags, 0])),
            self.element(INT32, &self.words_of(sides)),
            self.element(1, name.as_bytes()),
            contents.to_vec(),
        ];
        self.element(MATRIX, &parts.concat())
    }

    /// A matrix of bytes.
    fn roll(self, name: &str, sides: [u32; 2], values: &[u8]) -> Vec<u8> {
        self.array(name, 9, &sides, &self.element(UINT8, values))
    }

    fn cells(self, name: &str, cells: &[Vec<u8>]) -> Vec<u8> {
        self.array(name, CELL.into(), &[1, cells.len() as u32], &cells.concat())
    }

    fn file(self, elements: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![b' '; HEADER - 4];
        bytes.extend(self.bytes([0x00, 0x01]));
        bytes.extend(self.bytes(*b"IM"));
        bytes.extend(elements.concat());
        bytes
    }

    /// Two songs and a matrix, compressed or not.
    fn example(self, compressed: bool) -> Vec<u8> {
        let doubles = [0.5_f64, -2.0].map(|x| self.bytes(x.to_le_bytes()));
        let doubles = self.element(DOUBLE, doubles.as_flattened());
        let songs = [
            self.roll("", [2, 3], &[1, 2, 3, 4, 5, 6]),
            self.roll("", [1, 2], &[7, 8]),
        ];
        let matrix = self.array("weights", 6, &[2, 1], &doubles);
        let mut elements = [self.cells("songs", &songs), matrix];
        if compressed {
            elements = elements.map(|element| self.element(COMPRESSED, &deflated(&element)));
        }
        self.file(&elements)
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn matrix(rows: usize, columns: usize, values: &[f64]) -> Matrix {
    Matrix {
        rows,
        columns,
        values: values.to_vec(),
    }
}

/// What reading a little-endian file of these elements gives.
fn read_little(elements: &[Vec<u8>]) -> Result<BTreeMap<String, Vec<Matrix>>, MatError> {
    read(&Order::Little.file(elements))
}

#[test]
fn cells_and_matrices_are_read_row_by_row() {
    for order in ORDERS {
        for compressed in [false, true] {
            let file = read(&order.example(compressed)).unwrap();
            let first = matrix(2, 3, &[1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
            assert_eq!(file["songs"], [first, matrix(1, 2, &[7.0, 8.0])]);
            assert_eq!(file["weights"], [matrix(2, 1, &[0.5, -2.0])]);
            assert_eq!(file.len(), 2);
        }
    }
}

#[test]
fn every_kind_of_number_is_read() {
    for order in ORDERS {
        let kinds = [
            (1, order.bytes((-3_i8).to_le_bytes()).to_vec(), -3.0),
            (2, order.bytes(200_u8.to_le_bytes()).to_vec(), 200.0),
            (3, order.bytes((-300_i16).to_le_bytes()).to_vec(), -300.0),
            (4, order.bytes(60_000_u16.to_le_bytes()).to_vec(), 60_000.0),
            (
                5,
                order.bytes((-70_000_i32).to_le_bytes()).to_vec(),
                -70_000.0,
            ),
            (
                6,
                order.bytes(4_000_000_000_u32.to_le_bytes()).to_vec(),
                4e9,
            ),
            (7, order.bytes(0.25_f32.to_le_bytes()).to_vec(), 0.25),
            (9, order.bytes(0.1_f64.to_le_bytes()).to_vec(), 0.1),
            (12, order.bytes((-5_i64).to_le_bytes()).to_vec(), -5.0),
            (
                13,
                order.bytes((1_u64 << 63).to_le_bytes()).to_vec(),
                2_f64.powi(63),
            ),
        ];
        for (kind, bytes, value) in kinds {
            let element = order.array("x", 6, &[1, 1], &order.element(kind, &bytes));
            assert_eq!(
                read(&order.file(&[element])).unwrap()["x"],
                [matrix(1, 1, &[value])]
            );
        }
    }
}

#[test]
fn short_elements_lie_in_their_tags() {
    for order in ORDERS {
        let short = |kind: u32, data: [u8; 4], length: u32| {
            [order.words_of(&[length << 16 | kind]), data.to_vec()].concat()
        };
        let parts = [
            order.element(UINT32, &order.words_of(&[9, 0])),
            order.element(INT32, &order.words_of(&[1, 3])),
            short(1, *b"ab\0\0", 2),
            short(UINT8, [4, 5, 6, 0], 3),
        ];
        let file = order.file(&[order.element(MATRIX, &parts.concat())]);
        assert_eq!(read(&file).unwrap()["ab"], [matrix(1, 3, &[4.0, 5.0, 6.0])]);
        let damaged = order.file(&[short(MATRIX, [0; 4], 5)]);
        assert!(matches!(read(&damaged), Err(MatError::Damaged(_))));
    }
}

#[test]
fn empty_cells_and_matrices_have_no_sides() {
    let order = Order::Little;
    let cells = [
        order.element(MATRIX, &[]),
        order.roll("", [u32::MAX, 0], &[]),
    ];
    let file = read_little(&[order.cells("x", &cells), order.cells("none", &[])]).unwrap();
    assert_eq!(file["x"], [Matrix::default(), Matrix::default()]);
    assert!(file["none"].is_empty());
}

#[test]
fn cells_in_cells_are_listed_in_place_until_they_lie_too_deep() {
    let order = Order::Little;
    let one = order.roll("", [1, 1], &[1]);
    let mut cells = order.cells("", &[one.clone(), one.clone()]);
    for _ in 2..DEEPEST {
        cells = order.cells("", &[cells]);
    }
    let cells = [cells, one];
    let file = read_little(&[order.cells("x", &cells)]).unwrap();
    assert_eq!(file["x"], vec![matrix(1, 1, &[1.0]); 3]);
    let deeper = order.cells("x", &[order.cells("", &cells)]);
    assert_eq!(read_little(&[deeper]), Err(MatError::TooDeep));
}

#[test]
fn text_and_nameless_variables_are_left_out() {
    let order = Order::Little;
    let text = order.array("text", 4, &[1, 1], &order.element(4, &[65, 0]));
    let object = order.element(MATRIX, &order.element(UINT32, &order.words_of(&[17, 0])));
    let file = read_little(&[text, object, order.roll("", [1, 1], &[1])]);
    assert!(file.unwrap().is_empty());
}

#[test]
fn what_is_no_real_matrix_is_refused() {
    let order = Order::Little;
    let values = order.element(UINT8, &[1; 8]);
    let text = order.cells("x", &[order.array("", 4, &[1, 8], &values)]);
    let complex = order.array(
        "x",
        0x0806,
        &[1, 8],
        &[values.clone(), values.clone()].concat(),
    );
    let cube = order.array("x", 9, &[2, 2, 2], &values);
    let line = order.array("x", 9, &[8], &values);
    for element in [text, complex, cube, line] {
        assert!(matches!(
            read_little(&[element]),
            Err(MatError::Unsupported(_))
        ));
    }
}

#[test]
fn sides_must_fit_the_bytes() {
    let order = Order::Little;
    for sides in [[2, 2], [u32::MAX, u32::MAX], [0, 1], [1, 2]] {
        let found = read_little(&[order.roll("x", sides, &[1, 2, 3])]);
        assert!(matches!(found, Err(MatError::Sides { bytes: 3, .. })));
    }
    let text = order.array("x", 6, &[1, 2], &order.element(16, &[1, 2]));
    assert!(matches!(read_little(&[text]), Err(MatError::Sides { .. })));
    let cells = order.array("x", CELL.into(), &[u32::MAX, u32::MAX], &[]);
    assert!(matches!(read_little(&[cells]), Err(MatError::Truncated(_))));
}

#[test]
fn damaged_elements_are_refused() {
    let order = Order::Little;
    let one = order.roll("x", [1, 1], &[1]);
    assert_eq!(
        read_little(&[one.clone(), one.clone()]),
        Err(MatError::Duplicate("x".into()))
    );
    let twice = order.element(COMPRESSED, &deflated(&one));
    let twice = order.element(COMPRESSED, &deflated(&twice));
    let bare = order.element(UINT8, &[1]);
    let classless = order.element(MATRIX, &order.element(UINT32, &[]));
    for element in [twice, bare, classless] {
        assert!(matches!(read_little(&[element]), Err(MatError::Damaged(_))));
    }
    let packed = deflated(&one);
    let cut = order.element(COMPRESSED, &packed[..packed.len() / 2]);
    assert!(matches!(read_little(&[cut]), Err(MatError::Compression(_))));
}

#[test]
fn other_formats_are_refused() {
    let mut bytes = Order::Little.example(false);
    bytes[125] = 2;
    assert_eq!(read(&bytes), Err(MatError::Hdf5));
    bytes[125] = 3;
    assert_eq!(read(&bytes), Err(MatError::NotMat));
    bytes[126] = 0;
    assert_eq!(read(&bytes), Err(MatError::NotMat));
}

/// A compressed variable that unpacks to this start and then zeros.
fn bomb(start: &[u8], zeros: u64) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(start).unwrap();
    copy(&mut repeat(0).take(zeros), &mut encoder).unwrap();
    Order::Little.element(COMPRESSED, &encoder.finish().unwrap())
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let bytes = MatError::TooLarge("256 MiB when unpacked");
    assert_eq!(read_little(&[bomb(&[], MOST_UNPACKED + 1)]), Err(bytes));
    // A little less, of numbers that take one byte each.
    let order = Order::Little;
    let values = MOST_VALUES as u32 + 8;
    let mut start = order.array("x", 9, &[1, values], &order.words_of(&[UINT8, values]));
    let length = (start.len() - 8) as u32 + values;
    start[4..8].copy_from_slice(&length.to_le_bytes());
    let numbers = MatError::TooLarge("2^27 numbers");
    assert_eq!(read_little(&[bomb(&start, values.into())]), Err(numbers));
}

#[test]
fn too_many_empty_cells_are_refused() {
    let order = Order::Little;
    let cells = order.element(MATRIX, &[]).repeat(MOST_MATRICES + 1);
    let cells = order.array("x", CELL.into(), &[1, MOST_MATRICES as u32 + 1], &cells);
    assert_eq!(
        read_little(&[cells]),
        Err(MatError::TooLarge("2^20 matrices"))
    );
}

#[test]
fn every_cut_is_refused_but_between_variables() {
    for order in ORDERS {
        for compressed in [false, true] {
            let bytes = order.example(compressed);
            let whole = (0..bytes.len()).filter(|length| read(&bytes[..*length]).is_ok());
            let whole: Vec<_> = whole.collect();
            assert_eq!(whole.len(), 2, "{whole:?}");
            assert!(read(&bytes[..whole[0]]).unwrap().is_empty());
            assert_eq!(read(&bytes[..whole[1]]).unwrap().len(), 1);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        for order in ORDERS {
            let _ = read(&order.file(std::slice::from_ref(&bytes)));
            let _ = read(&order.file(&[order.element(MATRIX, &bytes)]));
            let _ = read(&order.file(&[order.element(COMPRESSED, &deflated(&bytes))]));
        }
    }

    #[test]
    fn any_damage_is_read_or_refused(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        big in any::<bool>(),
        compressed in any::<bool>(),
    ) {
        let mut bytes = ORDERS[usize::from(big)].example(compressed);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = read(&bytes);
    }
}
