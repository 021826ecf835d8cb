//! Inputs that are as they should be, to begin from.

use std::io::Write;

use helmholtz::domain::automata::write_png;
use helmholtz::domain::sequence::{audio, midi};
use helmholtz::train::{self, State};

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|t| t.as_bytes().to_vec()).collect()
}

pub(super) fn tables() -> Vec<Vec<u8>> {
    texts(&[
        "name,room,value\nAda,B-101,1.5\nBob,B-214,-2\n\"C, D\",\"x\"\"y\",3e2\n",
        "date;x\n2020-01-01;1,5\n2020-02-01;2,5\n2020-03-01;0,5\n",
        "t\tx\ty\n0\t1\t2\n1\t2\t3\n2.5\t3\t\n",
        "sequence,a,b\nu,1,2\nu,2,3\nv,0,1\nv,1,1\n",
        "\u{feff}a,b\r\n1,2\r\nn/a,é\r\n",
    ])
}

pub(super) fn objects() -> Vec<Vec<u8>> {
    texts(&[
        r#"[{"a": "x", "b": 1}, {"a": null, "b": 2.5}]"#,
        r#"["B-101", "B-214", "\u00e9"]"#,
        r#"{"a": [1, 2], "b": ["x", "y"]}"#,
    ])
}

pub(super) fn lines() -> Vec<Vec<u8>> {
    texts(&["{\"a\": \"x\"}\n{\"a\": \"y\"}\n", "\"x\"\n\"y\"\n\n"])
}

pub(super) fn songs() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"train": [[[60, 64], [], [62]]], "valid": [[[1]]], "test": []}"#,
        "[[[60], [61]], [[0, 87]]]",
    ])
}

pub(super) fn midi() -> Vec<Vec<u8>> {
    let steps = [vec![60, 64], vec![], vec![62], vec![62, 65]];
    vec![midi::write(&steps, 4, 120), midi::write(&steps[..1], 1, 60)]
}

/// The header of a MATLAB file of level 5, and a matrix of two by two doubles named `x`.
pub(super) fn mat() -> Vec<Vec<u8>> {
    let mut file = b"MATLAB 5.0 MAT-file".to_vec();
    file.resize(124, b' ');
    file.extend([0, 1, b'I', b'M']);
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let mut matrix = words(&[6, 8, 6, 0, 5, 8, 2, 2]);
    matrix.extend(words(&[
        1 | 1 << 16,
        u32::from_le_bytes(*b"x\0\0\0"),
        9,
        32,
    ]));
    matrix.extend([1.0f64, 0.0, 0.0, 1.0].iter().flat_map(|x| x.to_le_bytes()));
    file.extend(words(&[14, matrix.len() as u32]));
    file.extend(matrix);
    vec![file]
}

pub(super) fn sound() -> Vec<Vec<u8>> {
    let wave: Vec<f32> = (0..300)
        .map(|i| (f64::from(i) * 0.1).sin() as f32)
        .collect();
    let sphere = {
        let head = "NIST_1A\n   1024\nsample_count -i 2\nsample_n_bytes -i 2\nchannel_count -i 1\n\
            sample_byte_format -s2 01\nsample_rate -i 16000\nsample_coding -s3 pcm\nend_head\n";
        let mut bytes = head.as_bytes().to_vec();
        bytes.resize(1024, b' ');
        bytes.extend([1, 0, 2, 0]);
        bytes
    };
    let mut all = vec![sphere];
    all.extend(audio::write(&wave, 16_000).ok());
    all
}

pub(super) fn points() -> Vec<Vec<u8>> {
    texts(&["x,y\n0.5,1\n-1,2\n3,3\n", "set,x,y\na,0,0\na,1,1\nb,2,2\n"])
}

pub(super) fn pictures() -> Vec<Vec<u8>> {
    let cells = |side: usize| {
        (0..side * side)
            .map(|i| u8::from(i % 5 == 0))
            .collect::<Vec<u8>>()
    };
    let drawn = [28, 64].map(|side| write_png(side, side, &cells(side), 1));
    drawn.into_iter().flatten().collect()
}

pub(super) fn idx() -> Vec<Vec<u8>> {
    let mut bytes = vec![0, 0, 8, 3];
    [2u32, 4, 4]
        .iter()
        .for_each(|n| bytes.extend(n.to_be_bytes()));
    bytes.extend((0..32).map(|i| if i % 3 == 0 { 255 } else { 0 }));
    vec![bytes]
}

pub(super) fn scenes() -> Vec<Vec<u8>> {
    let row = vec![vec![0.5; 3]; 4];
    let image = serde_json::json!({"image": vec![row; 4]});
    vec![image.to_string().into_bytes()]
}

/// An archive of one stored file, made by hand.
pub(super) fn archives() -> Vec<Vec<u8>> {
    let (name, content) = (b"a/b.png", pictures().concat());
    let size = content.len() as u32;
    let short = |n: u16| n.to_le_bytes().to_vec();
    let long = |n: u32| n.to_le_bytes().to_vec();
    let described = || [long(0), long(size), long(size), short(7), short(0)].concat();
    let mut file = [b"PK\x03\x04".to_vec(), short(20), vec![0; 8], described()].concat();
    file.extend(name);
    file.extend(content);
    let directory = file.len() as u32;
    file.extend(
        [
            b"PK\x01\x02".to_vec(),
            short(20),
            short(20),
            vec![0; 8],
            described(),
        ]
        .concat(),
    );
    file.extend([0; 14]);
    file.extend(name);
    let length = file.len() as u32 - directory;
    let end = [short(1), short(1), long(length), long(directory), short(0)].concat();
    file.extend([b"PK\x05\x06\0\0\0\0".to_vec(), end].concat());
    vec![file]
}

pub(super) fn checkpoints() -> Vec<Vec<u8>> {
    let header =
        r#"{"__metadata__":{"format":"1"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut foreign = (header.len() as u64).to_le_bytes().to_vec();
    foreign.extend(header.as_bytes());
    foreign.extend([0; 8]);
    vec![foreign, checkpoint().unwrap_or_default()]
}

/// One of our own, with records inside.
fn checkpoint() -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("x.safetensors");
    let state = State {
        bytes: [("numbers".to_owned(), vec![1, 2])].into(),
        records: [(0, b"a record".to_vec()), (7, vec![])].into(),
        ..State::default()
    };
    train::save(&path, 3, &state).ok()?;
    std::fs::read(path).ok()
}

pub(super) fn formats() -> Vec<Vec<u8>> {
    texts(&[
        "[0-9]{3}-[A-Z]{2,4}",
        r"\p{Lu}\p{Ll}+(?: \p{L}+)*|(?:INFO|WARN) [ -~]{1,}",
        "<yyyy-mm-dd>(?:T<HH:MM>)?Z|<IPv6>",
        r"[ACGT]{200,400}|\$[0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2}",
        "(?s:.)+|[<]HH:MM>",
    ])
}

/// Tables as gzip packs them.
pub(super) fn packed() -> Vec<Vec<u8>> {
    let pack = |table: Vec<u8>| {
        let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        let written = packer.write_all(&table);
        written.and_then(|()| packer.finish()).unwrap_or_default()
    };
    tables().into_iter().map(pack).collect()
}

/// Tables in several encodings; the first byte says how to read them.
pub(super) fn encoded() -> Vec<Vec<u8>> {
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [b"\x00\xff\xfe".as_slice(), &units.collect::<Vec<u8>>()].concat()
    };
    vec![
        utf_16("a,b\n1,\u{e9}\n2,x\n"),
        b"\x01sep=;\nname;ort\nM\xfcller;K\xf6ln\n".to_vec(),
        b"\x02a|b\n1|2\n3|4\n5|6\n".to_vec(),
        b"\x03490-SP\n829-YY\n208-IP\n".to_vec(),
    ]
}

pub(super) fn regexes() -> Vec<Vec<u8>> {
    texts(&[
        r"\u(,\u)*",
        r"a-\d\d\d?",
        r"(\l+|\d)\.",
        r"\u\l+ \u\l+",
        r"\.\-\(\)",
    ])
}

pub(super) fn kernels() -> Vec<Vec<u8>> {
    texts(&["WN+SE*PER3", "SE", "(SE+PER1)*PER2+LIN", "C+WN"])
}

pub(super) fn strokes() -> Vec<Vec<u8>> {
    texts(&["0 1 2", "3", "0 on 1 at 2", "[0,1,2]"])
}

pub(super) fn stacks() -> Vec<Vec<u8>> {
    texts(&["AB/C/-/D", "-/-/-/-", "ABC"])
}

pub(super) fn rules() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"neighbours":3,"bits":110}"#,
        r#"{"neighbours":5,"bits":439041101}"#,
    ])
}

pub(super) fn settings() -> Vec<Vec<u8>> {
    texts(&[
        "steps=3",
        "sizes.guide=32",
        "rates.model=0.01",
        "algorithm=\"hmws\"",
        "clip=2.5",
        "range=[0, 1]",
    ])
}

pub(super) fn experiments() -> Vec<Vec<u8>> {
    vec![
        include_bytes!("../../crates/helmholtz-reproduce/experiments/lock-in-series.toml").to_vec(),
        include_bytes!("../../crates/helmholtz-reproduce/experiments/mws-table-1.toml").to_vec(),
    ]
}

pub(super) fn stream_lines() -> Vec<Vec<u8>> {
    texts(&[
        "a,b,c\n1,2,3\n4;5;6\n",
        "60 64\n\n[61, 62]\n",
        "1 2 3\n-1e9\t0\t2\n",
    ])
}

pub(super) fn likelihoods() -> Vec<Vec<u8>> {
    let programs = [r"\u-\d\d\d", r"(\l|\d)*", r"\l+(, \l+)*"];
    let each = programs.map(|p| format!("{p}\nB-101\nabc\nab, cd\n\n").into_bytes());
    each.into()
}

pub(super) fn numbers() -> Vec<Vec<u8>> {
    let all: [&[f64]; 6] = [
        &[1.0, 0.5, 0.25, 0.125, 1.0, 2.0, -1.0, 0.5],
        &[0.0, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::MIN],
        &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0],
        &[2.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 1e-300],
        &[0.9, 0.5, 0.1, 1.0, 1.5, 1e10, -1e-10],
        &[1e300; 12],
    ];
    let bytes = |numbers: &[f64]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    all.into_iter().map(bytes).collect()
}
