//! Tests of files and folders, which the tests write.

use std::fs;

use super::*;
use crate::Medium;
use crate::medium::{Music, Numbers, Speech};

fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn wave(samples: usize) -> Vec<u8> {
    let samples: Vec<f32> = (0..samples)
        .map(|i| (i as f32 / 10.0).sin() / 2.0)
        .collect();
    audio::write(&samples, 8000).unwrap()
}

/// A file as TIMIT has them: a header of 1,024 bytes, then numbers of two bytes.
fn sphere(samples: &[i16]) -> Vec<u8> {
    let header = format!(
        "NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i {}\nsample_rate -i 16000\n\
         sample_n_bytes -i 2\nsample_byte_format -s2 01\nend_head\n",
        samples.len()
    );
    let mut bytes = header.into_bytes();
    bytes.resize(1024, b' ');
    bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
    bytes
}

#[test]
fn the_layout_of_timit_gives_parts() {
    let said = sphere(&[100; 450]);
    let folder = folder(&[
        ("TRAIN/DR1/FCJF0/SA1.WAV", said.clone()),
        ("TRAIN/DR1/FCJF0/SA1.TXT", b"she had".to_vec()),
        ("TEST/DR2/MABC0/SX9.WAV", said),
        (".hidden/x.wav", vec![]),
    ]);
    let found = speech(folder.path(), &Grid::default()).unwrap();
    let parts: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.part)).collect();
    assert_eq!(parts, [("SX9", Part::Test), ("SA1", Part::Train)]);
    assert_eq!((found[0].steps.len(), found[0].steps.width()), (2, 200));
    assert_eq!(found[0].sound.map(|s| s.rate), Some(16_000));
}

#[test]
fn sounds_that_are_short_or_none_are_named() {
    let folder = folder(&[("short.wav", wave(150)), ("none.wav", b"RIFFoops".to_vec())]);
    let refused = |name: &str| {
        let found = speech(&folder.path().join(name), &Grid::default());
        found.unwrap_err().to_string()
    };
    let short = refused("short.wav");
    assert!(
        short.contains("short.wav") && short.contains("200 samples"),
        "{short}"
    );
    assert!(refused("none.wav").contains("none.wav"));
    assert!(refused("missing.wav").contains("check the path"));
}

#[test]
fn what_is_written_is_read_again() {
    let folder = folder(&[]);
    let grid = Grid {
        rate: Some(8000),
        frame: 4,
        ..Grid::default()
    };
    let again = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let rows: Vec<Vec<f32>> = vec![vec![0.5, -0.25, 0.0, 0.125]; 3];
    let said = again("a.wav", Speech::write(&rows, &grid).unwrap());
    assert_eq!(
        Vec::from(speech(&said, &grid).unwrap()[0].steps.clone()),
        rows
    );
    let table = again("a.csv", Numbers::write(&rows, &grid).unwrap());
    assert_eq!(Vec::from(numbers(&table).unwrap()[0].steps.clone()), rows);
    let mut notes = vec![vec![0.0; NOTES]; 3];
    for (t, n) in [(0, 40), (1, 40), (1, 44), (2, 3)] {
        notes[t][n] = 1.0;
    }
    let song = again("a.mid", Music::write(&notes, &grid).unwrap());
    assert_eq!(
        Vec::from(music(&song, &grid).unwrap()[0].steps.clone()),
        notes
    );
}

#[test]
fn a_table_holds_several_sequences_and_times_are_left_out() {
    let text = "t,sequence,x,y\n1,a,1,2\n2,a,3,4\n1,b,5,6\n";
    let folder = folder(&[("two.csv", text.into()), ("test/one.csv", "7,8\n".into())]);
    let found = numbers(folder.path()).unwrap();
    let names: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.part)).collect();
    assert_eq!(
        names,
        [
            ("one", Part::Test),
            ("two a", Part::Train),
            ("two b", Part::Train)
        ]
    );
    assert_eq!(Vec::from(found[1].steps.clone()), [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn songs_are_told_from_each_other_by_what_is_in_them() {
    let json = br#"{"train": [[[1], [2]]], "valid": [[[3]]], "test": [[[4]]]}"#;
    let folder = folder(&[
        ("songs.json", json.to_vec()),
        ("odd.json", b"nothing".to_vec()),
    ]);
    let found = music(&folder.path().join("songs.json"), &Grid::default()).unwrap();
    let names: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.part)).collect();
    assert_eq!(
        names,
        [
            ("songs 1", Part::Train),
            ("songs 1", Part::Valid),
            ("songs 1", Part::Test)
        ]
    );
    let refused = music(folder.path(), &Grid::default())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("odd.json"), "{refused}");
}
