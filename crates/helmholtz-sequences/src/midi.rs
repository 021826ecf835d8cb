//! Standard MIDI files to piano rolls and back.
//!
//! A piano roll lists, per step of equal length, which of the 88 keys sound. It keeps neither loudness nor
//! instruments nor pedals, and a note repeated without a gap looks like a held one.
//!
//! The chunks of a file are walked here and not by the parser of events: that one reads past damage in
//! silence, and half a song must not pass for a whole one.

use std::collections::{BTreeMap, BTreeSet};

use midly::num::{u4, u7, u15, u24, u28};
use midly::{EventIter, Format, Header, MetaMessage, MidiMessage, Smf, Timing};
use midly::{TrackEvent, TrackEventKind};
use thiserror::Error;

/// The most steps of a roll. A few bytes can ask for a silence of years.
const MOST_STEPS: usize = 200_000;

/// The MIDI key of the lowest note of a piano.
const LOWEST_KEY: u8 = 21;

/// The keys of a piano.
const KEYS: u8 = 88;

/// The channel of drums, whose keys are no pitches.
const PERCUSSION: u8 = 9;

/// About how many ticks a written beat has. Few enough that no silence is too long for one event.
const TICKS_PER_BEAT: usize = 96;

/// The most ticks per beat that a file can state.
const MOST_TICKS_PER_BEAT: usize = 0x7fff;

/// The longest beat that a file can state, in microseconds.
const LONGEST_BEAT: u32 = 0xff_ffff;

/// The loudness of written notes, of at most 127.
const VELOCITY: u8 = 80;

/// Why a MIDI file gives no piano roll.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MidiError {
    /// The file does not start as a MIDI file.
    #[error(
        "this is no Standard MIDI file, as it does not start with `MThd`: give a plain .mid file"
    )]
    NotMidi,
    /// The file stops too early.
    #[error("the MIDI file ends inside {0}: it is cut off, get it again")]
    Truncated(&'static str),
    /// The header holds values that mean nothing.
    #[error("the header of the MIDI file is damaged, {0}: get the file again")]
    Header(&'static str),
    /// A track holds something else than events, or never ends.
    #[error(
        "track {track} of the MIDI file breaks off before its end-of-track event: get the file again or save it anew"
    )]
    Track {
        /// The track, counted from 1.
        track: usize,
    },
    /// Time is counted in film frames, so there are no beats.
    #[error(
        "the MIDI file counts time in SMPTE frames and not in beats: export it with ticks per beat"
    )]
    Smpte,
    /// The tracks follow one another instead of sounding together.
    #[error(
        "the MIDI file holds independent songs (format 2): save each of them as a file of format 0 or 1"
    )]
    Sequential,
    /// A beat must have steps.
    #[error("a beat of 0 steps makes no roll: ask for at least 1 step per beat")]
    NoSteps,
    /// A note that a piano does not have.
    #[error(
        "step {step} has key {key}, outside the 88 keys 21 to 108 of a piano: transpose or remove the note"
    )]
    Key {
        /// The step in which the note starts, from 1.
        step: usize,
        /// The MIDI key.
        key: u8,
    },
    /// The roll would have too many steps.
    #[error(
        "the last note ends at step {steps}, the most is 200,000: cut the file or ask for fewer steps per beat"
    )]
    TooLong {
        /// The steps of the whole file.
        steps: u128,
    },
}

/// Reads a MIDI file: per step the notes that sound, ascending and distinct, where note 0 is MIDI key 21 and
/// note 87 is key 108. All tracks and channels are merged, without percussion.
///
/// A note sounds in a step if it is on during at least half of the step. It also sounds in the step whose
/// start is nearest to its onset, so that short notes do not vanish. Step 0 is the start of the file, and the
/// last step is that of the last note-off. A note that is never switched off ends with its track.
///
/// # Errors
/// When the bytes are no whole MIDI file of format 0 or 1 in ticks per beat, when a key is not on a piano, and
/// when there would be more than 200,000 steps.
pub fn read(bytes: &[u8], steps_per_beat: usize) -> Result<Vec<Vec<u8>>, MidiError> {
    if steps_per_beat == 0 {
        return Err(MidiError::NoSteps);
    }
    if !bytes.starts_with(b"MThd") {
        return Err(MidiError::NotMidi);
    }
    let mut rest = bytes;
    let (_, head) = next_chunk(&mut rest, "its header")?;
    let song = Song::parse(head)?;
    let mut track = 0;
    let mut spans = Vec::new();
    while track < song.tracks {
        let (name, body) = next_chunk(&mut rest, "its tracks")?;
        // Chunks of other names belong to the programs that wrote them.
        if name == *b"MTrk" {
            track += 1;
            for note in Track::parse(body, track)?.notes {
                spans.push(note.span(song.ticks_per_beat, steps_per_beat)?);
            }
        }
    }
    Ok(roll(&spans))
}

/// Writes a roll as a MIDI file of one piano track (format 0). A note in consecutive steps becomes one held
/// note. The order of the notes in a step does not matter.
///
/// Notes must be at most 87, steps at most 200,000, `steps_per_beat` between 1 and 32,767 and
/// `beats_per_minute` at least 4. Notes and steps above are left out, the other two are taken as the nearest
/// value that a file can state.
///
/// [`read`] gives the same roll back, except for silent steps at the end: a MIDI file cannot tell those from
/// the time in which the last note rings out.
pub fn write(steps: &[Vec<u8>], steps_per_beat: usize, beats_per_minute: u32) -> Vec<u8> {
    let steps_per_beat = steps_per_beat.clamp(1, MOST_TICKS_PER_BEAT);
    let ticks_per_step = (TICKS_PER_BEAT / steps_per_beat).max(1);
    let beat = (60_000_000 / beats_per_minute.max(1)).clamp(1, LONGEST_BEAT);
    let timing = Timing::Metrical(u15::new((steps_per_beat * ticks_per_step) as u16));
    let file = Smf {
        header: Header::new(Format::SingleTrack, timing),
        tracks: vec![piano_track(steps, ticks_per_step, beat)],
    };
    let mut bytes = Vec::new();
    // Writing to memory fails only for a track of over 4 GB, and the most steps are too few for that.
    file.write(&mut bytes)
        .map_or_else(|_| Vec::new(), |()| bytes)
}

/// What the header says.
struct Song {
    tracks: usize,
    ticks_per_beat: u16,
}

impl Song {
    /// The header is read here because the parser's arithmetic overflows on some SMPTE timings.
    fn parse(head: &[u8]) -> Result<Self, MidiError> {
        let Some(&[f0, f1, t0, t1, d0, d1]) = head.first_chunk() else {
            return Err(MidiError::Header("it is too short"));
        };
        match u16::from_be_bytes([f0, f1]) {
            0 | 1 => {}
            2 => return Err(MidiError::Sequential),
            _ => return Err(MidiError::Header("its format is none of 0, 1 and 2")),
        }
        let ticks_per_beat = u16::from_be_bytes([d0, d1]);
        if usize::from(ticks_per_beat) > MOST_TICKS_PER_BEAT {
            return Err(MidiError::Smpte);
        }
        if ticks_per_beat == 0 {
            return Err(MidiError::Header("its beats have no ticks"));
        }
        let tracks = usize::from(u16::from_be_bytes([t0, t1]));
        Ok(Self {
            tracks,
            ticks_per_beat,
        })
    }
}

/// Splits the next chunk off, as its name and its body. `place` says where the bytes may run out.
fn next_chunk<'a>(
    bytes: &mut &'a [u8],
    place: &'static str,
) -> Result<([u8; 4], &'a [u8]), MidiError> {
    let cut = || MidiError::Truncated(place);
    let (&[a, b, c, d, length @ ..], rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = u32::from_be_bytes(length) as usize;
    let (body, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    *bytes = rest;
    Ok(([a, b, c, d], body))
}

/// A note in ticks since the start of the file.
struct Note {
    key: u8,
    on: u64,
    off: u64,
}

impl Note {
    /// The steps in which the note sounds.
    fn span(&self, ticks_per_beat: u16, steps_per_beat: usize) -> Result<Span, MidiError> {
        let half = u128::from(ticks_per_beat);
        let whole = 2 * half;
        // Times are in units that split a step into `whole` parts, which keeps all of this exact.
        let time = |ticks: u64| (2 * u128::from(ticks)).saturating_mul(steps_per_beat as u128);
        // To the nearest start of a step. Halfway counts down: the other half of that step may be heard.
        let first = time(self.on).saturating_sub(half).div_ceil(whole);
        // After the last step of which half is heard, which for short notes may lie before `first`.
        let end = time(self.off).saturating_add(half) / whole;
        let end = end.max(first + 1);
        if end > MOST_STEPS as u128 {
            return Err(MidiError::TooLong { steps: end });
        }
        let (first, end) = (first as usize, end as usize);
        match self.key.checked_sub(LOWEST_KEY) {
            Some(note) if note < KEYS => Ok(Span { note, first, end }),
            _ => Err(MidiError::Key {
                step: first + 1,
                key: self.key,
            }),
        }
    }
}

/// The notes of a track as they are read.
#[derive(Default)]
struct Track {
    now: u64,
    /// Notes that are on, by channel and key.
    held: BTreeMap<(u4, u7), Held>,
    notes: Vec<Note>,
}

/// A note that is on.
struct Held {
    since: u64,
    /// Whether the key was already down when the note started.
    struck_again: bool,
}

impl Track {
    /// Reads all notes. The parser of events stops without a word at damage, so that only an end-of-track
    /// event shows that it got to the end.
    fn parse(body: &[u8], number: usize) -> Result<Self, MidiError> {
        let mut track = Self::default();
        for event in EventIter::new(body).map_while(Result::ok) {
            track.now += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                    track.release_all();
                    return Ok(track);
                }
                TrackEventKind::Midi { channel, message } if channel != PERCUSSION => {
                    track.play(channel, message);
                }
                _ => {}
            }
        }
        Err(MidiError::Track { track: number })
    }

    fn play(&mut self, channel: u4, message: MidiMessage) {
        match message {
            MidiMessage::NoteOn { key, vel } if vel > 0 => self.strike(channel, key),
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                self.release(channel, key);
            }
            _ => {}
        }
    }

    /// Starts a note. One that was on with the same key ends here.
    fn strike(&mut self, channel: u4, key: u7) {
        let held = Held {
            since: self.now,
            struck_again: self.held.contains_key(&(channel, key)),
        };
        if let Some(before) = self.held.insert((channel, key), held) {
            self.keep(key, before.since);
        }
    }

    /// Ends a note. Some programs write the end of a note after the start of the next one at the same time:
    /// that end is not meant for the new note.
    fn release(&mut self, channel: u4, key: u7) {
        match self.held.get_mut(&(channel, key)) {
            Some(held) if held.struck_again && held.since == self.now => held.struck_again = false,
            Some(held) => {
                let since = held.since;
                self.held.remove(&(channel, key));
                self.keep(key, since);
            }
            None => {}
        }
    }

    fn release_all(&mut self) {
        for ((_, key), held) in std::mem::take(&mut self.held) {
            self.keep(key, held.since);
        }
    }

    fn keep(&mut self, key: u7, on: u64) {
        self.notes.push(Note {
            key: key.as_int(),
            on,
            off: self.now,
        });
    }
}

/// A note of the piano in steps: from `first` to before `end`.
struct Span {
    note: u8,
    first: usize,
    end: usize,
}

/// Lays notes out over steps in one sweep. Many long notes on top of each other then cost no more than one.
fn roll(spans: &[Span]) -> Vec<Vec<u8>> {
    let mut starts: Vec<_> = spans.iter().map(|span| (span.first, span.note)).collect();
    let mut ends: Vec<_> = spans.iter().map(|span| (span.end, span.note)).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let steps = ends.last().map_or(0, |(end, _)| *end);
    let mut starts = starts.into_iter().peekable();
    let mut ends = ends.into_iter().peekable();
    // How many tracks and channels sound each note.
    let mut sounding = BTreeMap::new();
    let sweep = |step| {
        while let Some((_, note)) = starts.next_if(|(first, _)| *first == step) {
            *sounding.entry(note).or_insert(0_usize) += 1;
        }
        while let Some((_, note)) = ends.next_if(|(end, _)| *end == step) {
            sounding.entry(note).and_modify(|voices| *voices -= 1);
        }
        sounding.retain(|_, voices| *voices > 0);
        sounding.keys().copied().collect()
    };
    (0..steps).map(sweep).collect()
}

/// The events of a roll. The notes of its last step end with that step, and the track with its last note.
fn piano_track(steps: &[Vec<u8>], ticks_per_step: usize, beat: u32) -> Vec<TrackEvent<'static>> {
    let program = u7::new(0);
    let mut events = vec![
        event(0, TrackEventKind::Meta(MetaMessage::Tempo(u24::new(beat)))),
        event(0, message(MidiMessage::ProgramChange { program })),
    ];
    let mut sounding = BTreeSet::new();
    let mut written = 0;
    let silence = Vec::new();
    let steps = steps.iter().take(MOST_STEPS).chain([&silence]);
    for (step, notes) in steps.enumerate() {
        let notes: BTreeSet<u8> = notes.iter().copied().filter(|note| *note < KEYS).collect();
        let ended = sounding.difference(&notes).map(|note| switch(*note, false));
        let begun = notes.difference(&sounding).map(|note| switch(*note, true));
        for kind in ended.chain(begun) {
            events.push(event((step - written) * ticks_per_step, kind));
            written = step;
        }
        sounding = notes;
    }
    events.push(event(0, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    events
}

/// An event, `ticks` after the one before.
fn event(ticks: usize, kind: TrackEventKind<'static>) -> TrackEvent<'static> {
    // The most steps have fewer ticks than a delta time can state.
    let delta = u28::new(ticks as u32);
    TrackEvent { delta, kind }
}

/// A message on the first channel.
fn message(message: MidiMessage) -> TrackEventKind<'static> {
    let channel = u4::new(0);
    TrackEventKind::Midi { channel, message }
}

/// Switches a note of the piano on or off.
fn switch(note: u8, on: bool) -> TrackEventKind<'static> {
    let key = u7::new(note + LOWEST_KEY);
    let vel = u7::new(if on { VELOCITY } else { 0 });
    message(if on {
        MidiMessage::NoteOn { key, vel }
    } else {
        MidiMessage::NoteOff { key, vel }
    })
}

#[cfg(test)]
mod tests;
