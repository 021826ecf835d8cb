//! Readers of files.

use std::fs;
use std::path::Path;

use helmholtz::data::archive::Archive;
use helmholtz::data::{ReadOptions, read_cells_from, read_from};
use helmholtz::domain::automata::AutomataDomain;
use helmholtz::domain::characters::CharacterDomain;
use helmholtz::domain::mixture::MixtureDomain;
use helmholtz::domain::scenes::SceneDomain;
use helmholtz::domain::sequence::{MusicDomain, SpeechDomain, StreamDomain, audio, mat, midi};
use helmholtz::domain::timeseries::SeriesDomain;
use helmholtz::product::{Input, Product};
use helmholtz::train;
use serde_json::json;

/// Whatever a domain makes of a file of that name.
fn product<D: Product>(name: &str, bytes: &[u8]) {
    on_disk(name, bytes, |path| {
        let input = Input::files(vec![path.to_owned()]);
        let reading = serde_json::from_value(json!({}));
        if let Ok(reading) = reading {
            let _ = D::read(&input, &reading, &D::defaults());
        }
    });
}

fn on_disk(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    let Ok(folder) = tempfile::tempdir() else {
        return;
    };
    let path = folder.path().join(name);
    if fs::write(&path, bytes).is_ok() {
        read(&path);
    }
}

pub(super) fn columns_txt(bytes: &[u8]) {
    columns("x.txt", bytes);
}

pub(super) fn columns_gz(bytes: &[u8]) {
    columns("x.csv.gz", bytes);
}

/// The first byte picks an encoding, and whether there is a header.
pub(super) fn columns_encoded(bytes: &[u8]) {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    let encodings = [
        None,
        Some("windows-1252"),
        Some("utf-16"),
        Some("shift_jis"),
    ];
    let options = ReadOptions {
        encoding: encodings[usize::from(how % 4)].map(str::to_owned),
        header: [None, Some(true), Some(false)][usize::from(how / 4 % 3)],
        ..ReadOptions::default()
    };
    let _ = read_from(bytes, "x.csv", &options);
}

fn columns(name: &str, bytes: &[u8]) {
    let _ = read_from(bytes, name, &ReadOptions::default());
}

pub(super) fn columns_csv(bytes: &[u8]) {
    columns("x.csv", bytes);
}

pub(super) fn columns_json(bytes: &[u8]) {
    columns("x.json", bytes);
}

pub(super) fn columns_jsonl(bytes: &[u8]) {
    columns("x.jsonl", bytes);
}

pub(super) fn cells(bytes: &[u8]) {
    let _ = read_cells_from(bytes, "x.csv", &ReadOptions::default());
}

pub(super) fn series(bytes: &[u8]) {
    product::<SeriesDomain>("x.csv", bytes);
}

pub(super) fn streams(bytes: &[u8]) {
    product::<StreamDomain>("x.csv", bytes);
}

pub(super) fn songs(bytes: &[u8]) {
    product::<MusicDomain>("x.json", bytes);
}

/// What can be read can be written, and says the same.
pub(super) fn midi(bytes: &[u8]) {
    let Ok(steps) = midi::read(bytes, 4) else {
        return;
    };
    let again = midi::read(&midi::write(&steps, 4, 120), 4);
    if steps.iter().any(|notes| !notes.is_empty()) {
        assert!(again.is_ok(), "what was written cannot be read");
    }
}

pub(super) fn mat(bytes: &[u8]) {
    let _ = mat::read(bytes);
}

pub(super) fn sound(bytes: &[u8]) {
    if let Ok(read) = audio::read(bytes) {
        assert!(read.samples.iter().all(|x| (-1.0..=1.0).contains(x)));
    }
    product::<SpeechDomain>("x.wav", bytes);
}

pub(super) fn points(bytes: &[u8]) {
    product::<MixtureDomain>("x.csv", bytes);
}

pub(super) fn drawings(bytes: &[u8]) {
    product::<CharacterDomain>("x.png", bytes);
}

pub(super) fn drawings_idx(bytes: &[u8]) {
    product::<CharacterDomain>("x-images-idx3-ubyte", bytes);
}

pub(super) fn scenes(bytes: &[u8]) {
    product::<SceneDomain>("x.jsonl", bytes);
}

pub(super) fn scene_pictures(bytes: &[u8]) {
    product::<SceneDomain>("x.png", bytes);
}

pub(super) fn automata(bytes: &[u8]) {
    product::<AutomataDomain>("x.png", bytes);
}

pub(super) fn archives(bytes: &[u8]) {
    let Ok(mut archive) = Archive::open(Path::new("x.zip"), bytes, &["png"]) else {
        return;
    };
    for name in archive.files().to_vec() {
        let _ = archive.read(&name, 1 << 20);
    }
}

pub(super) fn checkpoints(bytes: &[u8]) {
    on_disk("x.safetensors", bytes, |path| drop(train::load(path)));
}
