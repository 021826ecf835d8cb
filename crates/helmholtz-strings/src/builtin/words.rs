//! Plain words: things, tongues and titles, real and invented.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::{
    ADJECTIVES, ANIMALS, COLOURS, DEPARTMENTS, FOODS, GREEK, GROUND, INSTRUMENTS, JOBS,
    LANGUAGE_CODES, LANGUAGES, MATERIALS, NOUNS, PLANTS,
};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    animal,
    plant,
    food,
    colour,
    material,
    occupation,
    department,
    language,
    language_code,
    language_list,
    instrument,
    land_cover,
    greek_letter,
    spelling_alphabet,
    number_word,
    roman_numeral,
    roman_and_letter,
    noun,
    adjective_noun,
    title_phrase,
    and_pair,
    slash_pair,
    tag_list,
    qualified_word,
    product_line,
    invented_word,
    invented_name,
    invented_pair,
];

/// `Badger`, `POLAR BEAR`, `BAD`
fn animal(k: &mut Kit) -> Column {
    k.category(ANIMALS)
}

/// `Scots pine`
fn plant(k: &mut Kit) -> Column {
    k.category(PLANTS)
}

/// `soy sauce`
fn food(k: &mut Kit) -> Column {
    k.category(FOODS)
}

/// `Light green`
fn colour(k: &mut Kit) -> Column {
    k.category(COLOURS)
}

/// `stainless steel`
fn material(k: &mut Kit) -> Column {
    k.category(MATERIALS)
}

/// `Civil engineer`
fn occupation(k: &mut Kit) -> Column {
    k.category(JOBS)
}

/// `Human Resources`
fn department(k: &mut Kit) -> Column {
    k.category(DEPARTMENTS)
}

/// `Swahili`
fn language(k: &mut Kit) -> Column {
    k.category(LANGUAGES)
}

/// `en`, `pt-BR`
fn language_code(k: &mut Kit) -> Column {
    let regions = k.pick(&["", "", "", ", , -BR, -US, -CH", "_DE, _US, _GB"]);
    Box::new(move |k| format!("{}{}", k.one(LANGUAGE_CODES), k.one(regions)))
}

/// `de/fr/it`
fn language_list(k: &mut Kit) -> Column {
    let (gap, shout) = (k.pick(&[",", "/", "; ", "-", "|"]), k.chance(0.3));
    Box::new(move |k| {
        let n = k.int(1, 4) as usize;
        let list = k.some(LANGUAGE_CODES, n).join(gap);
        if shout { list.to_uppercase() } else { list }
    })
}

/// `viola`
fn instrument(k: &mut Kit) -> Column {
    k.category(INSTRUMENTS)
}

/// `bare soil`
fn land_cover(k: &mut Kit) -> Column {
    k.category(GROUND)
}

/// `epsilon`
fn greek_letter(k: &mut Kit) -> Column {
    k.category(GREEK)
}

/// `Foxtrot`
fn spelling_alphabet(k: &mut Kit) -> Column {
    k.category(
        "Alfa, Bravo, Charlie, Delta, Echo, Foxtrot, Golf, Hotel, India, Juliett, Kilo, Lima, \
        Mike, November, Oscar, Papa, Quebec, Romeo, Sierra, Tango, Uniform, Victor, Whiskey, \
        X-ray, Yankee, Zulu",
    )
}

/// `Seven`
fn number_word(k: &mut Kit) -> Column {
    let words = k.pick(&[
        "One, Two, Three, Four, Five, Six, Seven, Eight, Nine, Ten, Eleven, Twelve, Twenty, Zero",
        "first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, last",
        "once, twice, 3 times, 4 times, 5 times, 6 times, never, many, several, a few, daily",
    ]);
    k.category(words)
}

/// `xiv`, `Louis XIV`
fn roman_numeral(k: &mut Kit) -> Column {
    let prefix = k.pick(&["", "", "", "Vol. ", "Act ", "Part ", "Louis ", "Type "]);
    let small = prefix.is_empty() && k.chance(0.3);
    Box::new(move |k| {
        let numeral = roman(k.int(1, 24));
        format!(
            "{prefix}{}",
            if small {
                numeral.to_lowercase()
            } else {
                numeral
            }
        )
    })
}

/// `14` as `XIV`, up to 39.
fn roman(n: i64) -> String {
    let ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    "X".repeat((n / 10) as usize) + ones[(n % 10) as usize]
}

/// `IIb`, `IV-2`
fn roman_and_letter(k: &mut Kit) -> Column {
    let (gap, marks) = (
        k.pick(&["", ".", "/"]),
        k.pick(&["a, b, c", "A, B", "1, 2, 3, 4"]),
    );
    Box::new(move |k| format!("{}{gap}{}", roman(k.int(1, 9)), k.one(marks)))
}

/// `harbour`
fn noun(k: &mut Kit) -> Column {
    k.category(NOUNS)
}

/// `silent river`
fn adjective_noun(k: &mut Kit) -> Column {
    let (gap, big) = (k.pick(&[" ", " ", "-", "_", ""]), k.chance(0.5));
    Box::new(move |k| {
        let (one, two) = (k.one(ADJECTIVES), k.one(NOUNS));
        if big {
            format!("{}{gap}{}", capital(one), capital(two))
        } else {
            format!("{one}{gap}{two}")
        }
    })
}

/// `The Silent River`, `Mirror II`
fn title_phrase(k: &mut Kit) -> Column {
    let year = k.chance(0.2);
    Box::new(move |k| {
        let (one, two) = (capital(k.one(ADJECTIVES)), capital(k.one(NOUNS)));
        let three = capital(k.one(NOUNS));
        let title = match k.int(0, 4) {
            0 => format!("The {one} {two}"),
            1 => format!("{two} of {three}"),
            2 => format!("{one} {two}"),
            3 => format!("{two}: {three}"),
            _ => format!("{two} {}", roman(k.int(2, 4))),
        };
        if year {
            format!("{title} ({})", k.int(1935, 2024))
        } else {
            title
        }
    })
}

/// `salt & pepper`
fn and_pair(k: &mut Kit) -> Column {
    let (and, list) = (
        k.pick(&[" & ", " and ", " + ", "/", ", "]),
        k.pick(&[FOODS, ANIMALS, COLOURS, PLANTS]),
    );
    Box::new(move |k| k.some(list, 2).join(and))
}

/// `wool/cotton`
fn slash_pair(k: &mut Kit) -> Column {
    let (gap, list) = (
        k.pick(&["/", "-", " / ", "_", "; "]),
        k.pick(&[MATERIALS, GROUND, NOUNS]),
    );
    Box::new(move |k| {
        let n = k.pick(&[1, 2, 2]);
        k.some(list, n).join(gap)
    })
}

/// `new,sale,red`
fn tag_list(k: &mut Kit) -> Column {
    let gap = k.pick(&[",", ", ", ";", "|", " #"]);
    let tags = k.some(
        "new, sale, red, big, eco, old, top, hot, vip, test, bug, ui, api, doc, dev, ops",
        9,
    );
    Box::new(move |k| {
        let n = k.int(1, 3);
        (0..n).map(|_| k.pick(&tags)).collect::<Vec<_>>().join(gap)
    })
}

/// `rice (cooked)`, `beef, raw`
fn qualified_word(k: &mut Kit) -> Column {
    let (open, close) = k.pick(&[
        (" (", ")"),
        (", ", ""),
        (" - ", ""),
        (" [", "]"),
        (": ", ""),
    ]);
    let list = k.pick(&[FOODS, MATERIALS, ANIMALS, PLANTS]);
    let notes = k.pick(&[
        "raw, cooked, dried",
        "new, used",
        "adult, young",
        "S, M, L",
        "kg, pc",
        "1, 2",
    ]);
    Box::new(move |k| format!("{}{open}{}{close}", k.one(list), k.one(notes)))
}

/// `Corva 320`, `Strato Pro`
fn product_line(k: &mut Kit) -> Column {
    let (tongue, one) = (Tongue::new(k), k.chance(0.4));
    let brand = tongue.name(k);
    let ends = k.pick(&[
        "100, 200, 320, 500, 750",
        "Pro, Mini, Max, Plus, Lite",
        "S, SE, X, GT",
        "II, III, IV, V",
    ]);
    Box::new(move |k| {
        let name = if one {
            format!("{brand} {}", k.letters("ABCDXZ", 1))
        } else {
            tongue.name(k)
        };
        format!("{name} {}", k.one(ends))
    })
}

/// `strelo`
fn invented_word(k: &mut Kit) -> Column {
    let (tongue, shout) = (Tongue::new(k), k.chance(0.2));
    Box::new(move |k| {
        let syllables = k.int(1, 3);
        let word = tongue.word(k, syllables);
        if shout { word.to_uppercase() } else { word }
    })
}

/// `Strelo`
fn invented_name(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    Box::new(move |k| tongue.name(k))
}

/// `Mon Strelo`, `Kal-Dru`
fn invented_pair(k: &mut Kit) -> Column {
    let (tongue, gap) = (Tongue::new(k), k.pick(&[" ", " ", "-", "'", ", "]));
    let always = k.chance(0.4);
    Box::new(move |k| {
        let name = tongue.name(k);
        if always || k.chance(0.3) {
            format!("{name}{gap}{}", tongue.name(k))
        } else {
            name
        }
    })
}
