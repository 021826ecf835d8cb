//! A language from a grammar of one's own: productions, each with what it makes and what it takes.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

use super::Language;
use super::tree::Tree;
use helmholtz_math::error::SettingError;
use helmholtz_math::random::Stream;
use helmholtz_nn::Masks;

/// A way to write a part of a program: a name, the kind of part that it makes, and the kinds that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Production {
    /// How it is written. No two have the same name, and none has spaces or parentheses in it.
    pub name: &'static str,
    /// The kind of part that it makes.
    pub makes: &'static str,
    /// The kinds of the parts that it takes, in order.
    pub takes: &'static [&'static str],
}

impl Production {
    /// A part that takes others.
    pub const fn new(
        name: &'static str,
        makes: &'static str,
        takes: &'static [&'static str],
    ) -> Self {
        Self { name, makes, takes }
    }

    /// A part that takes none.
    pub const fn leaf(name: &'static str, makes: &'static str) -> Self {
        Self::new(name, makes, &[])
    }
}

/// A grammar: its programs are [`Tree`]s, its [`Written`] is a [`Language`] with edits.
///
/// ```
/// use helmholtz_core::program::{Grammar, Production, Tree, Written};
///
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
/// enum Sums {}
///
/// impl Grammar for Sums {
///     const PROGRAM: &'static str = "number";
///     const PRODUCTIONS: &'static [Production] = &[
///         Production::leaf("n", "number"),
///         Production::leaf("1", "number"),
///         Production::new("+", "number", &["number", "number"]),
///     ];
/// }
///
/// let language = Written::<Sums>::new(7)?;
/// let program: Tree<Sums> = "(+ n (+ n 1))".parse().unwrap();
/// assert!(language.admits(&program));
/// let at_three: i64 = program.fold(|production, parts: &[i64]| match production.name {
///     "n" => 3,
///     "1" => 1,
///     _ => parts.iter().sum(),
/// });
/// assert_eq!(at_three, 7);
/// # Ok::<(), helmholtz_math::error::SettingError>(())
/// ```
pub trait Grammar: Clone + Debug + Eq + Hash + Send + Sync + 'static {
    /// The kind of part that a whole program is.
    const PROGRAM: &'static str;
    /// All productions. Programs are written by their names; weights are by their order, so that a run is of these
    /// productions in this order, and a change of either asks for a new one.
    const PRODUCTIONS: &'static [Production];
}

/// The programs of a grammar up to a size, as a language that networks write: in prefix order, each symbol with what it
/// takes behind it.
#[derive(Clone, Debug)]
pub struct Written<G> {
    kinds: Vec<&'static str>,
    /// Per production, the number of what it makes.
    makes: Vec<u8>,
    /// Per production, the numbers of what it takes.
    takes: Vec<Vec<u8>>,
    /// Per kind, the fewest symbols of a part.
    least: Vec<usize>,
    /// Per production, the fewest symbols of a part that begins with it.
    costs: Vec<usize>,
    most: usize,
    /// Room is told apart up to what the dearest production needs: from 0 to below this.
    rooms: usize,
    masks: Masks,
    grammar: std::marker::PhantomData<fn() -> G>,
}

/// What is still to be written: kinds, the next one last, and how many symbols there is room for.
#[derive(Clone, Debug)]
pub struct Open {
    kinds: Vec<u8>,
    room: usize,
}

/// The most symbols that may be asked for.
pub const MOST: usize = 1000;

impl<G: Grammar> Written<G> {
    /// Programs of at most `most` symbols.
    ///
    /// # Errors
    /// When the grammar is none: two productions of a name, a kind that nothing makes or that has no end, or no program
    /// of that size.
    pub fn new(most: usize) -> Result<Self, SettingError> {
        let all = G::PRODUCTIONS;
        check_names(all)?;
        let kinds = kinds::<G>()?;
        let number = |kind: &str| kinds.iter().position(|k| *k == kind).unwrap_or(0) as u8;
        let makes: Vec<u8> = all.iter().map(|p| number(p.makes)).collect();
        let takes = all
            .iter()
            .map(|p| p.takes.iter().map(|k| number(k)).collect());
        let takes: Vec<Vec<u8>> = takes.collect();
        let (least, costs) = sizes(kinds.len(), &makes, &takes);
        if let Some(endless) = least.iter().position(|&l| l == usize::MAX) {
            let reason = format!("no production ends a `{}`", kinds[endless]);
            return Err(SettingError::new("grammar", reason));
        }
        if !(least[0]..=MOST).contains(&most) {
            let reason = format!("{most}; choose from {} to {MOST} symbols", least[0]);
            return Err(SettingError::new("most_symbols", reason));
        }
        let rooms = costs.iter().max().map_or(1, |dearest| dearest + 1);
        if kinds.len() * rooms >= usize::from(u16::MAX) {
            let reason = "too many kinds, and productions that take too much";
            return Err(SettingError::new("grammar", reason));
        }
        Ok(Self {
            masks: masks(&makes, &costs, (kinds.len(), rooms)),
            rooms,
            kinds,
            makes,
            takes,
            least,
            costs,
            most,
            grammar: std::marker::PhantomData,
        })
    }

    /// Whether a program is within the size.
    pub fn admits(&self, program: &Tree<G>) -> bool {
        program.symbols().len() <= self.most
    }

    /// The most symbols of a program.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A random program: room for it is chosen evenly, and its productions among those that there is room for.
    pub fn grow(&self, rng: &mut Stream) -> Tree<G> {
        let room = self.least(0) + rng.below(self.most - self.least(0) + 1);
        Tree::of(self.part(0, room, rng))
    }

    /// The symbols of a random part of a kind, of at most `room` symbols.
    pub(super) fn part(&self, kind: u8, room: usize, rng: &mut Stream) -> Vec<u8> {
        let mut open = Open {
            kinds: vec![kind],
            room: room.max(self.least[usize::from(kind)]),
        };
        let mut symbols = vec![];
        while !open.kinds.is_empty() {
            let row = self.masks.row(self.mask(&open));
            let allowed = (0..G::PRODUCTIONS.len() as u8).filter(|&p| row[usize::from(p)] > 0.0);
            let allowed: Vec<u8> = allowed.collect();
            let symbol = allowed[rng.below(allowed.len())];
            self.push(&mut open, symbol);
            symbols.push(symbol);
        }
        symbols
    }

    /// The number of what a production makes.
    pub(super) fn made_by(&self, production: u8) -> u8 {
        self.makes[usize::from(production)]
    }

    /// The numbers of what a production takes.
    pub(super) fn taken_by(&self, production: u8) -> &[u8] {
        &self.takes[usize::from(production)]
    }

    /// The fewest symbols of a part of a kind.
    pub(super) fn least(&self, kind: u8) -> usize {
        self.least[usize::from(kind)]
    }
}

/// The kinds of parts, that of a whole program first.
fn kinds<G: Grammar>() -> Result<Vec<&'static str>, SettingError> {
    let all = G::PRODUCTIONS;
    let mut kinds = vec![G::PROGRAM];
    for kind in all.iter().flat_map(|p| [&[p.makes], p.takes].concat()) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let made = |kind: &&&str| all.iter().any(|p| p.makes == **kind);
    match kinds.iter().find(|k| !made(k)) {
        None => Ok(kinds),
        Some(kind) => {
            let reason = format!("no production makes a `{kind}`");
            Err(SettingError::new("grammar", reason))
        }
    }
}

/// Refuses names by which productions cannot be told apart or read back.
fn check_names(all: &[Production]) -> Result<(), SettingError> {
    let refuse = |reason: String| Err(SettingError::new("grammar", reason));
    let unreadable = |c: char| c.is_whitespace() || c == '(' || c == ')';
    let mut seen = HashSet::new();
    for production in all {
        let name = production.name;
        if name.is_empty() || name.contains(unreadable) {
            return refuse(format!(
                "`{name}` is no name: it is empty, or has spaces or parentheses"
            ));
        }
        if !seen.insert(name) {
            return refuse(format!("two productions are called `{name}`"));
        }
    }
    match all.len() {
        1..=MOST_PRODUCTIONS => Ok(()),
        n => refuse(format!(
            "{n} productions; from 1 to {MOST_PRODUCTIONS} can be written"
        )),
    }
}

/// A symbol is a byte, and one of them is the end.
const MOST_PRODUCTIONS: usize = 255;

/// The fewest symbols of each kind, and of what begins with each production; `usize::MAX` for what never ends.
fn sizes(kinds: usize, makes: &[u8], takes: &[Vec<u8>]) -> (Vec<usize>, Vec<usize>) {
    let mut least = vec![usize::MAX; kinds];
    let cost = |least: &[usize], takes: &[u8]| {
        let each = takes.iter().map(|&k| least[usize::from(k)]);
        each.fold(1, usize::saturating_add)
    };
    // A round finishes at least one more kind, or none is left that ends.
    for _ in 0..kinds {
        for (&made, takes) in makes.iter().zip(takes) {
            let cost = cost(&least, takes);
            let made = &mut least[usize::from(made)];
            *made = cost.min(*made);
        }
    }
    let costs = takes.iter().map(|takes| cost(&least, takes)).collect();
    (least, costs)
}

/// A mask for each kind and room, and behind them that of what is finished.
fn masks(makes: &[u8], costs: &[usize], (kinds, rooms): (usize, usize)) -> Masks {
    let end = makes.len();
    Masks::new(kinds * rooms + 1, end + 1, |mask, symbol| {
        let (kind, room) = (mask / rooms, mask % rooms);
        match kind == kinds {
            true => symbol == end,
            false => symbol < end && usize::from(makes[symbol]) == kind && costs[symbol] <= room,
        }
    })
}

impl<G: Grammar> Language for Written<G> {
    type Program = Tree<G>;
    type State = Open;

    const SYMBOLS: usize = G::PRODUCTIONS.len() + 1;
    const END: u8 = G::PRODUCTIONS.len() as u8;

    fn start(&self) -> Open {
        Open {
            kinds: vec![0],
            room: self.most,
        }
    }

    /// The room is what is left when everything behind the next part is as short as it can be.
    fn push(&self, open: &mut Open, symbol: u8) {
        open.kinds.pop();
        open.room = open.room.saturating_sub(1);
        if let Some(takes) = self.takes.get(usize::from(symbol)) {
            open.kinds.extend(takes.iter().rev());
        }
    }

    fn mask(&self, open: &Open) -> u16 {
        let rooms = self.rooms;
        let Some((&next, behind)) = open.kinds.split_last() else {
            return (self.kinds.len() * rooms) as u16;
        };
        let reserved: usize = behind.iter().map(|&k| self.least(k)).sum();
        let room = open.room.saturating_sub(reserved).min(rooms - 1);
        (usize::from(next) * rooms + room) as u16
    }

    fn all_masks(&self) -> Masks {
        self.masks.clone()
    }

    fn symbols(&self, program: &Tree<G>) -> Option<Vec<u8>> {
        self.admits(program).then(|| program.symbols().to_vec())
    }

    fn program(&self, symbols: &[u8]) -> Option<Tree<G>> {
        Tree::from_symbols(symbols.to_vec())
    }

    fn stand_in(&self) -> Tree<G> {
        self.shortest()
    }
}

impl<G: Grammar> Written<G> {
    /// The first of the shortest programs.
    fn shortest(&self) -> Tree<G> {
        let (mut open, mut symbols) = (vec![0], vec![]);
        while let Some(kind) = open.pop() {
            let ends = |p: &usize| self.makes[*p] == kind && self.costs[*p] == self.least(kind);
            let production = (0..self.makes.len()).find(ends).unwrap_or(0);
            symbols.push(production as u8);
            open.extend(self.takes[production].iter().rev());
        }
        Tree::of(symbols)
    }
}
