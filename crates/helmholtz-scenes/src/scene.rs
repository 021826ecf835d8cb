//! Scenes as they are read or made: a picture, and what is known of what it shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::placement::Kind;
use super::program::{MOST_KINDS, Stacks, letter};
use helmholtz_data::picture;
use helmholtz_data::picture::PictureError;

/// A picture, and where it was made what it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// The picture, kept in run folders as a PNG in base 64.
    #[serde(with = "png")]
    pub image: Image,
    /// What it shows, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
}

/// What a picture shows, from where the camera of a model stands that is asked about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The blocks in every cell.
    pub stacks: Stacks,
    /// Their raw positions.
    pub positions: Vec<f64>,
    /// What blocks of each kind are like.
    pub kinds: Vec<Kind>,
}

impl Truth {
    /// What does not fit together, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        let Self {
            stacks,
            positions,
            kinds,
        } = self;
        if positions.len() != stacks.blocks() {
            let (count, blocks) = (positions.len(), stacks.blocks());
            return Some(format!("{count} positions for {blocks} blocks"));
        }
        if kinds.len() > MOST_KINDS {
            return Some(format!("over {MOST_KINDS} true kinds of blocks"));
        }
        let edges = |k: &Kind| k.extent.iter().all(|e| EDGES.contains(e));
        let colours = |k: &Kind| k.colour.iter().all(|c| (0.0..=1.0).contains(c));
        if !kinds.iter().all(|k| edges(k) && colours(k)) {
            let (least, most) = (EDGES.start(), EDGES.end());
            return Some(format!(
                "edges are from {least} to {most}, and colours from 0 to 1"
            ));
        }
        if !positions.iter().all(|p| p.is_finite()) {
            return Some("a position is not finite".into());
        }
        let unknown = stacks.each().find(|b| usize::from(b.2) >= kinds.len());
        unknown.map(|(_, _, kind)| format!("there is no kind `{}`", letter(kind)))
    }
}

/// How long edges of true blocks may be, where a cell is 1.1 wide.
const EDGES: std::ops::RangeInclusive<f64> = 0.01..=2.0;
/// The largest picture of a run folder in either direction.
const WIDEST: u32 = 512;

mod png {
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    use super::*;

    pub(super) fn serialize<S: Serializer>(image: &Image, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        let bytes = image.png().map_err(S::Error::custom)?;
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Image, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        decoded(&bytes).map_err(D::Error::custom)
    }
}

fn decoded(bytes: &[u8]) -> Result<Image, PictureError> {
    let fits = |w: u32, h: u32| w == h && (1..=WIDEST).contains(&w);
    let wanted = format!("a square of at most {WIDEST}");
    let found = picture::decode_colours(bytes, fits, &wanted)?;
    Image::new(found.width, &found.levels)
        .ok_or_else(|| PictureError::Png("it is not square".into()))
}
