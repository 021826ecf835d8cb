//! Sport, games and music: scores, seasons, positions, moves, keys.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::{NOUNS, SPORTS, TOWNS};
use super::numbers::ordinal;
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    score,
    score_with_note,
    set_scores,
    win_loss_record,
    result_and_score,
    goal_times,
    match_minute,
    season,
    tournament_round,
    sport,
    event_name,
    team_name,
    team_code,
    playing_position,
    innings,
    finishing_place,
    chess_square,
    chess_move,
    playing_card,
    dice_roll,
    musical_key,
    musical_note,
    time_signature,
    episode_code,
    track_number,
];

/// `3-2`
fn score(k: &mut Kit) -> Column {
    let (dash, top) = (
        k.pick(&["-", "-", ":", " - ", "--"]),
        k.pick(&[4, 5, 7, 30, 110]),
    );
    Box::new(move |k| format!("{}{dash}{}", k.int(0, top), k.int(0, top)))
}

/// `2-1 (1-0)`, `1-1 aet`
fn score_with_note(k: &mut Kit) -> Column {
    let notes = k.pick(&["aet", "(OT)", "pen.", "*", "(SO)"]);
    let half_time = k.chance(0.5);
    Box::new(move |k| {
        let (home, away) = (k.int(0, 5), k.int(0, 4));
        let score = format!("{home}-{away}");
        match (half_time, k.chance(0.4)) {
            (true, _) => format!("{score} ({}-{})", k.int(0, home), k.int(0, away)),
            (false, true) => format!("{score} {notes}"),
            (false, false) => score,
        }
    })
}

/// `6-4 7-5`
fn set_scores(k: &mut Kit) -> Column {
    let (gap, dash) = (k.pick(&[" ", ", ", ","]), k.pick(&["-", "-", ":", "/"]));
    Box::new(move |k| {
        let n = k.int(2, 3);
        let sets: Vec<_> = (0..n)
            .map(|_| k.one("6-0, 6-1, 6-2, 6-3, 6-4, 7-5, 7-6, 4-6, 3-6, 6-7"))
            .collect();
        sets.join(gap).replace('-', dash)
    })
}

/// `12-4-1`
fn win_loss_record(k: &mut Kit) -> Column {
    let (ties, games) = (k.chance(0.5), k.pick(&[10, 16, 38, 82]));
    Box::new(move |k| {
        let won = k.int(0, games);
        let record = format!("{won}-{}", games - won);
        if ties {
            format!("{record}-{}", k.int(0, 3))
        } else {
            record
        }
    })
}

/// `W 3-1`
fn result_and_score(k: &mut Kit) -> Column {
    let (gap, dash, top) = (
        k.pick(&[" ", ", ", ""]),
        k.pick(&["-", ":"]),
        k.pick(&[4, 9, 45]),
    );
    Box::new(move |k| {
        let (low, margin) = (k.int(0, top), k.int(1, top));
        let (mark, us, them) = k.pick(&[("W", low + margin, low), ("L", low, low + margin)]);
        format!("{mark}{gap}{us}{dash}{them}")
    })
}

/// `12' 45+2' 88'`
fn goal_times(k: &mut Kit) -> Column {
    let (gap, mark) = (k.pick(&[" ", ", ", "; "]), k.pick(&["'", "'", "", " min"]));
    Box::new(move |k| {
        let n = k.int(1, 3);
        let mut minutes: Vec<_> = (0..n).map(|_| k.int(1, 90)).collect();
        minutes.sort_unstable();
        minutes
            .iter()
            .map(|m| format!("{m}{mark}"))
            .collect::<Vec<_>>()
            .join(gap)
    })
}

/// `45+2`, `HT`
fn match_minute(k: &mut Kit) -> Column {
    let mark = k.pick(&["'", "'", "", "."]);
    Box::new(move |k| match k.int(0, 9) {
        0 => k.one("HT, FT").to_string(),
        1 | 2 => format!("{}+{}{mark}", k.pick(&[45, 90]), k.int(1, 6)),
        _ => format!("{}{mark}", k.int(1, 90)),
    })
}

/// `2013/14`, `'13-14`
fn season(k: &mut Kit) -> Column {
    let (slash, short, first) = (
        k.pick(&["/", "-", " / "]),
        k.chance(0.35),
        k.int(1950, 2008),
    );
    Box::new(move |k| {
        let year = k.int(first, first + 16);
        let start = if short {
            format!("{:02}", year % 100)
        } else {
            year.to_string()
        };
        format!("{start}{slash}{:02}", (year + 1) % 100)
    })
}

/// `Quarter-final`, `R16`
fn tournament_round(k: &mut Kit) -> Column {
    let rounds = k.pick(&[
        "F, SF, QF, R16, R32, R64, R128, Q1, Q2, Q3, RR, BR",
        "Final, Semi-final, Quarter-final, Round 1, Round 2, Round 3, Group A, Group B, Group C, \
        Heat 1, Heat 2",
        "1st Round, 2nd Round, 3rd Round, Last 16, Last 32, Qualifying, Play-off, Replay, \
        Third place, Semis",
        "Game 1, Game 2, Game 3, GD 4, GD 5, GD 6, Week 7, Week 8, Week 9, Bye",
    ]);
    k.codes(rounds)
}

/// `Table tennis`
fn sport(k: &mut Kit) -> Column {
    k.category(SPORTS)
}

/// `400m hurdles`, `Women's 10 km`
fn event_name(k: &mut Kit) -> Column {
    let who = k.pick(&["", "", "Men's ", "Women's ", "U18 "]);
    let unit = k.pick(&["m", " m", "km", " yd"]);
    let kinds = k.pick(&[
        "freestyle, backstroke, medley",
        "hurdles, sprint, relay",
        "classic, skate",
        ", walk",
    ]);
    Box::new(move |k| {
        let distance = k.one("50, 60, 100, 200, 400, 800, 1500, 3000, 5, 10, 15");
        format!("{who}{distance}{unit} {}", k.one(kinds))
            .trim_end()
            .to_string()
    })
}

/// `Leeds Rovers`, `FC Drelko`
fn team_name(k: &mut Kit) -> Column {
    let (tongue, plural) = (Tongue::new(k), k.chance(0.5));
    let club = k.pick(&[
        "United, City, Rovers, Town",
        "SC, AC",
        "Wanderers, Athletic",
        "Sport, Club",
    ]);
    Box::new(move |k| {
        let town = if k.chance(0.4) {
            k.one(TOWNS).to_string()
        } else {
            tongue.name(k)
        };
        match k.int(0, 3) {
            0 => town,
            1 => format!("FC {town}"),
            _ if plural => format!("{town} {}s", capital(k.one(NOUNS))),
            _ => format!("{town} {}", k.one(club)),
        }
    })
}

/// `LEE`, `LEE @ YOR`
fn team_code(k: &mut Kit) -> Column {
    let versus = k.pick(&["", "", " @ ", " v ", "-"]);
    Box::new(move |k| {
        let code = |town: &str| town.replace([' ', '.', '\''], "")[..3].to_uppercase();
        let teams = k.some(TOWNS, 2);
        if versus.is_empty() {
            code(teams[0])
        } else {
            format!("{}{versus}{}", code(teams[0]), code(teams[1]))
        }
    })
}

/// `GK`, `Left back`
fn playing_position(k: &mut Kit) -> Column {
    let positions = k.pick(&[
        "GK, CB, LB, RB, DM, CM, AM, LW, RW, CF, ST, SS",
        "QB, RB, WR, TE, OT, OG, C, DE, DT, LB, CB, S, K, P",
        "1B, 2B, 3B, SS, LF, CF, RF, C, P, DH, SP, RP, OF",
        "Goalkeeper, Defender, Midfielder, Forward, Winger, Striker, Left back, Right back, \
        Sweeper, Sub",
        "PG, SG, SF, PF, C, G, F, G-F, F-C, F-G, C-F",
    ]);
    k.category(positions)
}

/// `245/8 (50 ov)`
fn innings(k: &mut Kit) -> Column {
    let (end, slash) = (k.pick(&["", "", " d", "*"]), k.pick(&["/", "-", " for "]));
    let overs = k.chance(0.3);
    Box::new(move |k| {
        let overs = if overs {
            format!(" ({}.{} ov)", k.int(12, 49), k.int(0, 5))
        } else {
            String::new()
        };
        format!("{}{slash}{}{end}{overs}", k.int(60, 450), k.int(1, 9))
    })
}

/// `T3`, `5th`, `DNF`
fn finishing_place(k: &mut Kit) -> Column {
    let (form, top) = (k.int(0, 2), k.magnitude(15, 99));
    Box::new(move |k| {
        if k.chance(0.12) {
            return k.one("DNF, DNS, CUT, WD").to_string();
        }
        let place = k.int(1, top);
        match form {
            0 => format!("{}{place}", k.pick(&["", "T"])),
            1 => ordinal(place),
            _ => format!("{place}."),
        }
    })
}

/// `e4`
fn chess_square(k: &mut Kit) -> Column {
    let shout = k.chance(0.3);
    let piece = k.pick(&["", "", "", "x", "K", "N"]);
    Box::new(move |k| {
        let square = format!("{}{}", k.letters("abcdefgh", 1), k.int(1, 8));
        if shout {
            square.to_uppercase()
        } else {
            format!("{piece}{square}")
        }
    })
}

/// `Nf3`, `exd5+`, `O-O`
fn chess_move(k: &mut Kit) -> Column {
    let numbered = k.chance(0.3);
    Box::new(move |k| {
        let number = if numbered {
            format!("{}. ", k.int(1, 40))
        } else {
            String::new()
        };
        if k.chance(0.06) {
            return number + k.pick(&["O-O", "O-O-O"]);
        }
        let (piece, takes) = (k.pick(&["", "", "N", "B", "R", "Q", "K"]), k.chance(0.25));
        let file = if takes && piece.is_empty() {
            k.letters("abcdefgh", 1)
        } else {
            String::new()
        };
        let takes = if takes { "x" } else { "" };
        let square = format!("{}{}", k.letters("abcdefgh", 1), k.int(1, 8));
        format!(
            "{number}{piece}{file}{takes}{square}{}",
            k.pick(&["", "", "", "+", "!", "?", "#"])
        )
    })
}

/// `QH`, `10s`
fn playing_card(k: &mut Kit) -> Column {
    let (suits, pair) = (k.pick(&["CDHS", "cdhs"]), k.chance(0.3));
    Box::new(move |k| {
        let n = if pair { 2 } else { 1 };
        (0..n)
            .map(|_| {
                k.one("2, 3, 4, 5, 6, 7, 8, 9, T, J, Q, K, A").to_string() + &k.letters(suits, 1)
            })
            .collect()
    })
}

/// `2d6+3`
fn dice_roll(k: &mut Kit) -> Column {
    let d = k.pick(&["d", "d", "D"]);
    Box::new(move |k| {
        let dice = format!("{}{d}{}", k.int(1, 10), k.pick(&[4, 6, 8, 10, 12, 20]));
        if k.chance(0.5) {
            dice
        } else {
            format!("{dice}{}{}", k.pick(&["+", "+", "-"]), k.int(1, 8))
        }
    })
}

/// `C#m`, `Bb major`
fn musical_key(k: &mut Kit) -> Column {
    let modes = k.pick(&[
        ", m",
        " major, minor",
        " maj, min",
        ", m, 7, m7, sus4, dim",
        ":maj, :min",
    ]);
    let gap = if modes.starts_with(" m") { " " } else { "" };
    Box::new(move |k| {
        format!(
            "{}{}{gap}{}",
            k.letters("ABCDEFG", 1),
            k.pick(&["", "", "#", "b"]),
            k.one(modes).trim()
        )
    })
}

/// `F#4`
fn musical_note(k: &mut Kit) -> Column {
    let (sharps, lengths) = (
        k.pick(&[", #", ", b", ""]),
        k.pick(&["", "", "/8, /4, /16", "., , "]),
    );
    Box::new(move |k| {
        format!(
            "{}{}{}{}",
            k.letters("ABCDEFG", 1),
            k.one(sharps),
            k.int(1, 7),
            k.one(lengths)
        )
    })
}

/// `6/8`
fn time_signature(k: &mut Kit) -> Column {
    let (slash, tempo) = (k.pick(&["/", "/", " / "]), k.chance(0.3));
    Box::new(move |k| {
        let signature = format!("{}{slash}{}", k.int(2, 12), k.pick(&[2, 4, 8]));
        if tempo {
            format!("{signature} @{}", 4 * k.int(15, 50))
        } else {
            signature
        }
    })
}

/// `S02E07`, `3x11`
fn episode_code(k: &mut Kit) -> Column {
    let form = k.int(0, 2);
    Box::new(move |k| {
        let (series, episode) = (k.int(1, 9), k.int(1, 24));
        match form {
            0 => format!("S{series:02}E{episode:02}"),
            1 => format!("{series}x{episode:02}"),
            _ => format!("s{series} ep{episode}"),
        }
    })
}

/// `A3`, `2-07`, `03 Mirror`
fn track_number(k: &mut Kit) -> Column {
    let form = k.int(0, 2);
    Box::new(move |k| {
        let n = k.int(1, 16);
        match form {
            0 => format!("{}{n}", k.letters("ABCD", 1)),
            1 => format!("{}-{n:02}", k.int(1, 3)),
            _ => format!("{n:02} {}", capital(k.one(NOUNS))),
        }
    })
}
