//! Answers: the boxes that forms, surveys and clerks offer to tick.

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::{DEPARTMENTS, JOBS};
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    level,
    agreement,
    frequency_word,
    status,
    outcome,
    sex,
    marital_status,
    education,
    housing,
    people_group,
    weather,
    transport,
    relation,
    question_answer,
    school_grade,
    credit_grade,
    significance,
    reading_sign,
    remark,
    unit_symbol,
    role,
];

/// `Very high`
fn level(k: &mut Kit) -> Column {
    let levels = k.pick(&[
        "Low, Medium, High, Very low, Very high, Extreme, None, Moderate, Unknown, Mixed, Minimal",
        "poor, fair, good, very good, excellent, bad, average, n/a, terrible, great, ok, superb",
        "mild, moderate, severe, absent, trace, acute, chronic, critical, stable, fatal, healthy",
        "Beginner, Novice, Intermediate, Advanced, Expert, Master, Junior, Senior, Lead, Trainee, \
        Entry",
        "light, medium, heavy, dense, sparse, full, half, empty, partial, double, single, triple",
        "P1, P2, P3, P4, P5, low, medium, high, urgent, blocker, trivial, major, minor",
    ]);
    k.category(levels)
}

/// `Strongly agree`
fn agreement(k: &mut Kit) -> Column {
    let scale = k.pick(&[
        "Strongly agree, Agree, Neutral, Disagree, Strongly disagree, Don't know, Slightly agree, \
        Slightly disagree, Refused, Not applicable, No answer",
        "1 - Not at all, 2, 3, 4, 5 - Very much, 2 - A little, 3 - Somewhat, 4 - A lot, 9 - DK, \
        8 - NA",
        "Very satisfied, Satisfied, Neither, Dissatisfied, Very dissatisfied, N/A, \
        Fairly satisfied, Mixed, Delighted, Unhappy, Terrible",
    ]);
    k.codes(scale)
}

/// `Twice a week`
fn frequency_word(k: &mut Kit) -> Column {
    k.category(
        "Always, Often, Sometimes, Rarely, Never, Daily, Weekly, Monthly, Yearly, Hourly, Once, \
        Twice a week, Every day, Most days, Once a month, Seldom, Quarterly, Biweekly, \
        Less often, On demand",
    )
}

/// `In progress`
fn status(k: &mut Kit) -> Column {
    let states = k.pick(&[
        "Open, Closed, Pending, In progress, Done, Cancelled, On hold, New, Resolved, Rejected, \
        Approved",
        "active, inactive, expired, draft, deleted, archived, trial, blocked, paused, unknown, \
        invited",
        "Shipped, Delivered, Returned, Processing, Lost, Paid, Unpaid, Refunded, Overdue, Void, \
        Partial",
        "running, stopped, failed, queued, passed, skipped, error, timeout, ready, idle, retry, \
        done",
        "Endangered, Vulnerable, Extinct, LC, NT, VU, EN, CR, EW, EX, DD, NE, Not listed",
        "Screened, Enrolled, Randomised, Completed, Withdrawn, Lost to follow-up, Died, Ongoing, \
        Failed",
    ]);
    k.category(states)
}

/// `W`, `DNF`
fn outcome(k: &mut Kit) -> Column {
    let results = k.pick(&[
        "W, L, D, T, WO, DNF, DNS, DSQ, W (ot), L (ot), RET, NC",
        "Won, Lost, Draw, Tie, Abandoned, Postponed, Walkover, No result, Forfeit, Void, \
        Win (pens)",
        "Pass, Fail, Absent, Merit, Distinction, Resit, Withdrawn, Exempt, Credit, Deferred, \
        Incomplete",
        "Alive, Dead, Censored, Relapse, Remission, Death, Recovered, Unknown, Transferred, CR, \
        PR, PD",
    ]);
    k.category(results)
}

/// `F`, `female`
fn sex(k: &mut Kit) -> Column {
    let spellings = k.pick(&[
        "M, F, m, f, Male, Female, male, female, U, unknown, N/A, other, -",
        "male, female, juvenile, adult, calf, ewe, ram, unk, M?, F?, pup, chick",
        "Man, Woman, Boy, Girl, Non-binary, Prefer not to say, Other, Mr, Mrs, Ms, Dr, Prof",
    ]);
    k.codes(spellings)
}

/// `Divorced`
fn marital_status(k: &mut Kit) -> Column {
    k.category(
        "Single, Married, Divorced, Widowed, Separated, Never married, Civil partnership, \
        Cohabiting, Unknown, Living together, Engaged, Not stated",
    )
}

/// `Some college`
fn education(k: &mut Kit) -> Column {
    k.category(
        "Primary, Secondary, High school, Some college, Bachelor, Master, PhD, BA, BSc, MSc, MBA, \
        MD, None, Diploma, Vocational, A-levels, Doctorate, Grade 9, Grade 12, Less than HS, \
        Postgraduate",
    )
}

/// `Semi-detached`
fn housing(k: &mut Kit) -> Column {
    k.category(
        "Flat, House, Detached, Semi-detached, Terraced, Bungalow, Studio, Own, Rent, Mortgage, \
        Shared, Hostel, Farm, Cabin, Mobile home, Rent-free, Penthouse, Loft, Villa, Duplex, \
        With parents",
    )
}

/// `Strelian`, `Mixed`: the groups a survey sorts people into
fn people_group(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    let ends = k.pick(&["an, ish, ese", "i, ian", "er", " (all), , "]);
    Box::new(move |k| {
        if k.chance(0.12) {
            return k.one("Other, Mixed, Not stated, Unknown").to_string();
        }
        tongue.name(k) + k.one(ends)
    })
}

/// `Partly cloudy`
fn weather(k: &mut Kit) -> Column {
    k.category(
        "Sunny, Cloudy, Partly cloudy, Rain, Light rain, Snow, Sleet, Fog, Mist, Hail, Windy, \
        Storm, Clear, Overcast, Drizzle, Thunder, Showers, Frost, Haze, Dry, Calm, Gale",
    )
}

/// `On foot`
fn transport(k: &mut Kit) -> Column {
    k.category(
        "Car, Bus, Train, Tram, Bicycle, On foot, Walk, Taxi, Ferry, Plane, Van, Truck, \
        Motorbike, Metro, Scooter, SUV, Pickup, Coach, Minivan, Hatchback, Sedan, Lorry, Sail, \
        Other, 4WD, Carpool",
    )
}

/// `Step-mother`
fn relation(k: &mut Kit) -> Column {
    k.category(
        "mother, father, sister, brother, aunt, uncle, cousin, son, daughter, wife, husband, \
        grandmother, grandfather, niece, nephew, spouse, partner, friend, neighbour, step-mother, \
        in-law, self, guardian",
    )
}

/// `don't know`
fn question_answer(k: &mut Kit) -> Column {
    let answers = k.pick(&[
        "yes, no, maybe, don't know, refused, n/a, unsure, sometimes, skipped, not asked, \
        yes - both, no (see note)",
        "Yes, No, Y, N, Unknown, Not sure, NA, No response, Probably, Yes?, No*, -",
        "A, B, C, D, E, A+B, None, All, A/C, B/D, ?, skip",
    ]);
    k.codes(answers)
}

/// `B+`
fn school_grade(k: &mut Kit) -> Column {
    let grades = k.pick(&[
        "A, A+, A-, B, B+, B-, C, C+, C-, D, D+, F, E, U, A*",
        "1+, 1, 1-, 2+, 2, 2-, 3+, 3, 3-, 4, 5, 6",
        "1st, 2:1, 2:2, 3rd, Pass, Fail, Merit, Hons, Ord, Aegrotat",
        "Year 1, Year 2, Year 5, Year 9, Year 11, K, Pre-K, Grade 1, Grade 4, Grade 8, 6th form",
    ]);
    k.codes(grades)
}

/// `BBB-`, `Aa2`
fn credit_grade(k: &mut Kit) -> Column {
    let (ratings, marks) = k.pick(&[
        ("AAA, AA, A, BBB, BB, B, CCC", "+, -, "),
        ("Aa, A, Baa, Ba, B, Caa", "1, 2, 3"),
        ("A, B, C, D", "+, ++, , -"),
    ]);
    Box::new(move |k| format!("{}{}", k.one(ratings), k.one(marks)))
}

/// `***`, `ns`
fn significance(k: &mut Kit) -> Column {
    let marks = k.pick(&[
        "*, **, ***, ****, ns, n.s., ., +, #, a, b, ab",
        "a, b, c, ab, bc, abc, d, cd, bcd, e, -",
    ]);
    k.codes(marks)
}

/// `+++`, `-`
fn reading_sign(k: &mut Kit) -> Column {
    let signs = k.pick(&[
        "+, ++, +++, ++++, -, --, +/-, (+), 0, ?, ND, tr",
        "<, >, =, <=, >=, !=, ~, <>, ==, <<, >>",
    ]);
    k.codes(signs)
}

/// `see note 3`, `no label!`
fn remark(k: &mut Kit) -> Column {
    let ends = k.pick(&["", "", ", !, ?", ".", "..., , ."]);
    Box::new(move |k| {
        let remark = k.one(
            "ok, see note, no label, broken, checked, to do, lost, see above, \
            not found, wet, duplicate, leaking, ask Tom, redo, empty, good, too small, \
            mislabelled, out of range, fine",
        );
        format!("{remark}{}", k.one(ends))
    })
}

/// `mg/L`
fn unit_symbol(k: &mut Kit) -> Column {
    k.codes(
        "mg, g, kg, mm, cm, m, km, ml, L, s, min, h, %, C, K, Pa, kPa, V, A, mA, W, kW, kWh, N, \
        J, mol, mg/L, ug/m3, m/s, km/h, m2, ha, $/t, 1/s, ppm, dB, Hz, rpm, count, -, none, USD, \
        per 1000",
    )
}

/// `CFO`, `Sr. Designer`
fn role(k: &mut Kit) -> Column {
    let ranks = k.pick(&[
        "Sr., Jr., Lead, Chief",
        "Head of, VP, Director",
        "Assistant, Deputy",
        "Trainee, Acting",
    ]);
    Box::new(move |k| {
        let rank = k.one(ranks);
        let job = if rank.ends_with("of") || rank.len() == 2 {
            k.one(DEPARTMENTS)
        } else {
            k.one(JOBS)
        };
        format!("{rank} {job}")
    })
}
