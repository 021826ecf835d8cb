//! Tests of the reader.

use super::*;
use proptest::prelude::*;

/// Ticks per beat of the files below: with 4 steps per beat, a step has 120 ticks.
const TICKS: u16 = 480;
const END: &[u8] = &[0, 0xff, 0x2f, 0];

/// A delta time in as many bytes as it needs.
fn delta(ticks: u32) -> Vec<u8> {
    let most = (1..4).rev().find(|i| ticks >> (7 * i) > 0).unwrap_or(0);
    let septet = |i: u32| (ticks >> (7 * i)) as u8 & 0x7f;
    let more = |i: u32| if i > 0 { 0x80 } else { 0 };
    (0..=most).rev().map(|i| septet(i) | more(i)).collect()
}

/// The bytes of events, each after so many ticks.
fn events(events: &[(u32, [u8; 3])]) -> Vec<u8> {
    let bytes = events
        .iter()
        .map(|(ticks, event)| [&delta(*ticks), &event[..]].concat());
    bytes.collect::<Vec<_>>().concat()
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [name, &(body.len() as u32).to_be_bytes()[..], body].concat()
}

/// A file whose tracks have these bytes, in format 1.
fn file(division: u16, tracks: &[Vec<u8>]) -> Vec<u8> {
    let head = [1, tracks.len() as u16, division].map(u16::to_be_bytes);
    let mut bytes = chunk(b"MThd", head.as_flattened());
    for track in tracks {
        bytes.extend(chunk(b"MTrk", track));
    }
    bytes
}

/// A file of one whole track.
fn song(notes: &[(u32, [u8; 3])]) -> Vec<u8> {
    file(TICKS, &[[&events(notes), END].concat()])
}

const ON: [u8; 3] = [0x90, 60, 80];
const OFF: [u8; 3] = [0x80, 60, 0];
const C: u8 = 60 - LOWEST_KEY;

/// The steps in which C sounds.
fn steps_of_c(notes: &[(u32, [u8; 3])]) -> Vec<usize> {
    let roll = read(&song(notes), 4).unwrap();
    let steps = roll.iter().enumerate();
    steps
        .filter(|(_, notes)| **notes == [C])
        .map(|(step, _)| step)
        .collect()
}

#[test]
fn a_note_sounds_where_half_a_step_is_heard_or_its_onset_is_nearest() {
    assert_eq!(steps_of_c(&[(0, ON), (120, OFF)]), [0]);
    assert_eq!(steps_of_c(&[(0, ON), (179, OFF)]), [0]);
    assert_eq!(steps_of_c(&[(0, ON), (180, OFF)]), [0, 1]);
    assert_eq!(steps_of_c(&[(60, ON), (60, OFF)]), [0]);
    assert_eq!(steps_of_c(&[(61, ON), (59, OFF)]), [1]);
    assert_eq!(steps_of_c(&[(130, ON), (1, OFF)]), [1]);
    assert_eq!(steps_of_c(&[(130, ON), (0, OFF)]), [1]);
}

#[test]
fn silence_is_kept_before_notes_and_left_out_after() {
    let bytes = song(&[(240, ON), (120, OFF), (960, [0xb0, 64, 0])]);
    assert_eq!(read(&bytes, 4).unwrap(), [vec![], vec![], vec![C]]);
    assert_eq!(read(&song(&[]), 4).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_note_on_without_velocity_ends_a_note() {
    assert_eq!(
        steps_of_c(&[(0, ON), (240, [0x90, 60, 0]), (240, OFF)]),
        [0, 1]
    );
}

#[test]
fn a_note_that_is_never_ended_ends_with_its_track() {
    assert_eq!(steps_of_c(&[(120, ON), (360, [0xb0, 64, 0])]), [1, 2, 3]);
}

#[test]
fn the_end_of_a_note_spares_the_next_one_at_the_same_time() {
    assert_eq!(
        steps_of_c(&[(0, ON), (120, ON), (0, OFF), (240, OFF)]),
        [0, 1, 2]
    );
    assert_eq!(
        steps_of_c(&[(0, ON), (120, ON), (120, OFF), (120, OFF)]),
        [0, 1]
    );
}

#[test]
fn tracks_and_channels_are_merged() {
    let low = [&events(&[(0, ON), (240, OFF)]), END].concat();
    let high = events(&[(0, [0x91, 64, 9]), (0, [0x92, 64, 9]), (120, [0x81, 64, 0])]);
    let high = [&high, &events(&[(120, [0x82, 64, 0])]), END].concat();
    let roll = read(&file(TICKS, &[high, low]), 4).unwrap();
    assert_eq!(roll, [vec![C, C + 4], vec![C, C + 4]]);
}

#[test]
fn percussion_is_left_out() {
    assert!(steps_of_c(&[(0, [0x99, 60, 80]), (480, [0x89, 60, 0])]).is_empty());
    // Not even its keys are looked at.
    assert!(
        read(&song(&[(0, [0x99, 3, 80]), (480, [0x89, 3, 0])]), 4)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn keys_that_no_piano_has_are_refused_with_their_step() {
    for key in [0, 20, 109, 127] {
        let bytes = song(&[(360, [0x90, key, 80]), (120, [0x80, key, 0])]);
        let error = read(&bytes, 4).unwrap_err();
        assert_eq!(error, MidiError::Key { step: 4, key });
        assert!(error.to_string().contains(&format!("step 4 has key {key}")));
    }
    let bytes = song(&[(0, [0x90, 21, 80]), (0, [0x90, 108, 80]), (9, OFF)]);
    assert_eq!(read(&bytes, 4).unwrap(), [[0, 87]]);
}

#[test]
fn smpte_timing_is_refused() {
    // The second has a frame rate that no film has.
    for division in [0xe728, 0x8000] {
        assert_eq!(
            read(&file(division, &[END.into()]), 4),
            Err(MidiError::Smpte)
        );
    }
}

#[test]
fn damaged_headers_are_refused() {
    let header = |error| matches!(error, Err(MidiError::Header(_)));
    assert!(header(read(&file(0, &[END.into()]), 4)));
    assert!(header(read(&chunk(b"MThd", &[0, 1, 0, 1, 1]), 4)));
    assert!(header(read(&chunk(b"MThd", &[0, 3, 0, 1, 1, 0]), 4)));
    assert_eq!(
        read(&chunk(b"MThd", &[0, 2, 0, 1, 1, 0]), 4),
        Err(MidiError::Sequential)
    );
    assert_eq!(read(b"RIFF", 4), Err(MidiError::NotMidi));
    assert_eq!(read(&song(&[]), 0), Err(MidiError::NoSteps));
}

#[test]
fn a_track_without_an_end_is_refused() {
    let whole = [&events(&[(0, ON), (120, OFF)]), END].concat();
    let cut = events(&[(0, ON), (120, OFF)]);
    let bytes = file(TICKS, &[whole, cut]);
    assert_eq!(read(&bytes, 4), Err(MidiError::Track { track: 2 }));
}

#[test]
fn other_chunks_are_skipped() {
    let track = chunk(b"MTrk", &[&events(&[(0, ON), (120, OFF)]), END].concat());
    let head = chunk(b"MThd", &[0, 0, 0, 1, 1, 0xe0]);
    let bytes = [head, chunk(b"XFIH", &[1, 2, 3]), track].concat();
    assert_eq!(read(&bytes, 4).unwrap(), [[C]]);
}

#[test]
fn hostile_lengths_are_refused() {
    let far = song(&[(0x0fff_ffff, ON), (0x0fff_ffff, OFF)]);
    assert_eq!(read(&far, 4), Err(MidiError::TooLong { steps: 4_473_924 }));
    assert!(matches!(
        read(&far, usize::MAX),
        Err(MidiError::TooLong { .. })
    ));
    assert_eq!(
        read(&far, 1).unwrap_err(),
        MidiError::TooLong { steps: 1_118_481 }
    );
}

#[test]
fn many_long_notes_cost_no_more_than_one() {
    let notes: Vec<_> = (0..20_000)
        .map(|i| (0, [0x90 + (i % 9) as u8, 60, 80]))
        .collect();
    let mut notes = events(&notes);
    notes.extend([delta(MOST_STEPS as u32 * 120), vec![0xff, 0x2f, 0]].concat());
    let tracks = vec![notes; 20];
    assert_eq!(read(&file(TICKS, &tracks), 4).unwrap().len(), MOST_STEPS);
}

#[test]
fn every_cut_is_refused() {
    let bytes = write(&[vec![0, 40], vec![40], vec![87]], 4, 120);
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length], 4).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn a_held_note_is_written_once() {
    let bytes = write(&[vec![C], vec![C], vec![]], 2, 120);
    let track = [
        &[0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20][..],
        &[0, 0xc0, 0],
        &[0, 0x90, 60, 80],
        &[96, 0x80, 60, 0],
        END,
    ];
    let head = chunk(b"MThd", &[0, 0, 0, 1, 0, 96]);
    assert_eq!(bytes, [head, chunk(b"MTrk", &track.concat())].concat());
}

#[test]
fn what_no_file_can_state_is_left_out_or_taken_as_the_nearest() {
    let roll = [vec![88, 255, 3, 1, 3]];
    for (steps_per_beat, tempo) in [(0, 0), (1, 1), (32_767, 120), (4, u32::MAX)] {
        let bytes = write(&roll, steps_per_beat, tempo);
        assert_eq!(read(&bytes, steps_per_beat.max(1)).unwrap(), [[1, 3]]);
    }
    let bytes = write(&roll, usize::MAX, 120);
    assert_eq!(read(&bytes, MOST_TICKS_PER_BEAT).unwrap(), [[1, 3]]);
    let mut long = vec![Vec::new(); MOST_STEPS - 1];
    long.extend([vec![1], vec![2]]);
    let back = read(&write(&long, 1, 120), 1).unwrap();
    assert_eq!(back, long[..MOST_STEPS]);
}

/// The steps up to the last one with a note.
fn without_silent_end(mut roll: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    while roll.pop_if(|notes| notes.is_empty()).is_some() {}
    roll
}

proptest! {
    /// Repeated notes are tied in the roll as in the file, so nothing but silence at the end is lost.
    #[test]
    fn a_roll_survives_writing_and_reading(
        roll in prop::collection::vec(prop::collection::btree_set(0..KEYS, 0..6), 0..=40),
        steps_per_beat in 1..200_usize,
        tempo in 4..400_u32,
    ) {
        let roll: Vec<Vec<u8>> = roll.into_iter().map(|s| s.into_iter().collect()).collect();
        let back = read(&write(&roll, steps_per_beat, tempo), steps_per_beat);
        prop_assert_eq!(back.unwrap(), without_silent_end(roll));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, 4);
    }

    /// Garbage that gets past the header.
    #[test]
    fn any_track_is_read_or_refused(
        division in any::<u16>(),
        tracks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..4),
        steps_per_beat in any::<usize>(),
    ) {
        let _ = read(&file(division, &tracks), steps_per_beat);
        let ended: Vec<_> = tracks.iter().map(|track| [track, END].concat()).collect();
        let _ = read(&file(division, &ended), 4);
    }

    #[test]
    fn any_damage_is_read_or_refused(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = write(&[vec![0, 40], vec![40], vec![87]], 4, 120);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = read(&bytes, 4);
    }
}
