//! The notations of genetics, taxonomy and medicine.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::AILMENTS;
use super::tongue::Tongue;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    gene_symbol,
    ensembl_like_id,
    accession,
    genome_position,
    cytoband,
    substitution,
    nucleotides,
    peptide,
    genotype,
    allele,
    cell_line,
    genus,
    binomial,
    family_name,
    diagnosis_code,
    drug_class,
    ailment,
    medicine,
    blood_type,
    laboratory_result,
    tumour_stage,
    vertebra,
];

/// `KCNQ1`, `Tbx5`
fn gene_symbol(k: &mut Kit) -> Column {
    let (mouse, family) = (
        k.chance(0.3),
        if k.chance(0.3) {
            k.upper(3)
        } else {
            String::new()
        },
    );
    Box::new(move |k| {
        let n = k.int(2, 4) as usize;
        let letters = if family.is_empty() {
            k.letters("ABCDEFGHIKLMNPRSTX", n)
        } else {
            family.clone()
        };
        let symbol = format!(
            "{letters}{}{}",
            k.magnitude(1, 30),
            k.pick(&["", "", "", "A", "B", "L"])
        );
        if mouse {
            capital(&symbol.to_lowercase())
        } else {
            symbol
        }
    })
}

/// `ENSG00000139618`
fn ensembl_like_id(k: &mut Kit) -> Column {
    k.masked(&[
        "ENSG00000######",
        "ENSMUST000000#####",
        "LOC%########",
        "AT%G#####",
        "CG%####",
        "FBgn00#####",
    ])
}

/// `NM_004281.3`, `P48431`
fn accession(k: &mut Kit) -> Column {
    k.masked(&[
        "NM_00####.#",
        "P#####",
        "Q%@*@#",
        "%@@@",
        "AF######",
        "SRR%######",
        "GSM######",
        "PF0####",
    ])
}

/// `chr7:55019017`
fn genome_position(k: &mut Kit) -> Column {
    let (prefix, n) = (k.pick(&["chr", "chr", "", "Chr"]), k.int(5, 9) as usize);
    let ends = k.pick(&["", "", ":A, :C, :G, :T", "-D, -I", "_A/G, _C/T"]);
    Box::new(move |k| {
        let chromosome = k.one("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 17, 19, 22, X");
        format!(
            "{prefix}{chromosome}:{}{}{}",
            k.int(1, 9),
            k.digits(n - 1),
            k.one(ends)
        )
    })
}

/// `17q21.31`
fn cytoband(k: &mut Kit) -> Column {
    let detail = k.pick(&["", ".", "."]);
    Box::new(move |k| {
        let band = format!("{}{}{}", k.int(1, 22), k.pick(&["p", "q"]), k.int(11, 36));
        if detail.is_empty() {
            band
        } else {
            format!("{band}{detail}{}", k.int(1, 3))
        }
    })
}

/// `V600E`, `c.76A>T`
fn substitution(k: &mut Kit) -> Column {
    let (form, top) = (k.int(0, 2), k.magnitude(90, 1900));
    Box::new(move |k| {
        let (site, from, to) = (k.int(2, top), k.one("A, C, G, T"), k.one("A, C, G, T"));
        match form {
            0 => format!(
                "{}{site}{}",
                k.letters("ACDEFGHIKLMNPQRSTVWY", 1),
                k.letters("AEGKLRVX", 1)
            ),
            1 => format!("c.{site}{from}>{to}"),
            _ => format!(
                "p.{}{site}{}",
                k.one("Arg, Gly, Val, Leu, Ser"),
                k.one("Cys, His, Ter, fs")
            ),
        }
    })
}

/// `ACGTTGCA`
fn nucleotides(k: &mut Kit) -> Column {
    let (alphabet, longest) = (k.pick(&["ACGT", "ACGU", "acgt", "ACGTN"]), k.int(6, 20));
    let shortest = if k.chance(0.5) { longest } else { 5 };
    Box::new(move |k| {
        let n = k.int(shortest, longest) as usize;
        k.letters(alphabet, n)
    })
}

/// `SIINFEKL`
fn peptide(k: &mut Kit) -> Column {
    let (end, longest) = (k.pick(&["", "K", "R"]), k.int(8, 14));
    Box::new(move |k| {
        let n = k.int(7, longest) as usize;
        k.letters("ACDEFGHIKLLMNPQRSSTVWY", n) + end
    })
}

/// `AG`, `0/1`, `C|T`
fn genotype(k: &mut Kit) -> Column {
    let (gap, bases) = (k.pick(&["", "/", "|"]), k.chance(0.7));
    let names = k.pick(&["0, 1, 2, 3, .", "e1, e2, e3, e4"]);
    Box::new(move |k| {
        let list = if bases { "A, C, G, T" } else { names };
        format!("{}{gap}{}", k.one(list), k.one(list))
    })
}

/// `A*02:01`
fn allele(k: &mut Kit) -> Column {
    let (locus, mark) = (
        k.one("A, B, C, DRB1, DQA1, CYP2D6"),
        k.pick(&["*", "*", "-"]),
    );
    Box::new(move |k| format!("{locus}{mark}{:02}:{:02}", k.int(1, 68), k.int(1, 12)))
}

/// `MKD-231`
fn cell_line(k: &mut Kit) -> Column {
    let gap = k.pick(&["-", "-", ""]);
    Box::new(move |k| {
        let n = k.int(1, 4) as usize;
        format!(
            "{}{gap}{}{}",
            k.upper(n),
            k.magnitude(1, 900),
            k.pick(&["", "", "", "T", "/R"])
        )
    })
}

/// An invented Latin genus: `Strovaria`
fn latin(tongue: &Tongue, k: &mut Kit) -> String {
    let syllables = k.int(1, 2);
    let stem = tongue.word(k, syllables);
    capital(&(stem + k.one("us, a, um, ia, is, ella, ops, aria, ium, odon, anthus, ina")))
}

/// `Strovaria`
fn genus(k: &mut Kit) -> Column {
    let tongue = Tongue::new(k);
    Box::new(move |k| latin(&tongue, k))
}

/// `S. montana`
fn binomial(k: &mut Kit) -> Column {
    let (tongue, short, gap) = (Tongue::new(k), k.chance(0.4), k.pick(&[" ", " ", "_"]));
    Box::new(move |k| {
        let epithet = k.one(
            "alba, alpina, arvensis, aurea, borealis, communis, glabra, gracilis, \
            major, maritima, minor, montana, nigra, officinalis, palustris, pratensis, repens, \
            rubra, sativa, sp., sylvestris, vulgaris",
        );
        let genus = latin(&tongue, k);
        if short {
            format!("{}. {epithet}", &genus[..1])
        } else {
            format!("{genus}{gap}{epithet}")
        }
    })
}

/// `Strovaceae`
fn family_name(k: &mut Kit) -> Column {
    let (tongue, end) = (
        Tongue::new(k),
        k.pick(&["aceae", "aceae", "idae", "ales", "inae", "formes"]),
    );
    Box::new(move |k| {
        let syllables = k.int(1, 2);
        capital(&(tongue.word(k, syllables) + end))
    })
}

/// `E11.9`
fn diagnosis_code(k: &mut Kit) -> Column {
    let chapter = k.upper(1);
    let (fixed, mask) = (
        k.chance(0.4),
        k.pick(&["##.#", "##", "##.##", "##.#", "##.#@"]),
    );
    Box::new(move |k| {
        let letter = if fixed {
            chapter.clone()
        } else {
            k.letters("ACDEFGHIJKLMNRST", 1)
        };
        letter + &k.fill(mask)
    })
}

/// `N02BE01`
fn drug_class(k: &mut Kit) -> Column {
    let mask = k.pick(&["##@@##", "##@@", "##@"]);
    Box::new(move |k| k.letters("ABCDGHJLMNPRSV", 1) + &k.fill(&mask.replacen('#', "0", 1)))
}

/// `Hypertension`
fn ailment(k: &mut Kit) -> Column {
    k.category(AILMENTS)
}

/// `Trovamab 50 mg`
fn medicine(k: &mut Kit) -> Column {
    let (tongue, dosed) = (Tongue::new(k), k.chance(0.4));
    Box::new(move |k| {
        let stem =
            tongue.name(k) + k.one("mab, pril, olol, statin, azole, ine, cillin, ide, oxin, vir");
        if dosed {
            format!("{stem} {} mg", 5 * k.magnitude(1, 100))
        } else {
            stem
        }
    })
}

/// `AB+`
fn blood_type(k: &mut Kit) -> Column {
    let spelt = k.pick(&[
        "A+, A-, B+, B-, AB+, AB-, O+, O-",
        "A, B, AB, O, A1, A2, A1B, A2B, Bombay",
        "A pos, A neg, B pos, B neg, AB pos, AB neg, O pos, O neg, unknown",
    ]);
    k.codes(spelt)
}

/// `4.2`, `NEGATIVE`, `<0.5`
fn laboratory_result(k: &mut Kit) -> Column {
    let (places, top) = (k.int(1, 2) as usize, k.pick(&[3.0, 20.0, 150.0]));
    let words = k.pick(&[
        "NEGATIVE, POSITIVE",
        "neg, pos",
        "TRACE, 1+, 2+",
        "<0.5",
        "ND, QNS",
        "<LOD, >ULOQ",
    ]);
    Box::new(move |k| {
        if k.chance(0.25) {
            k.one(words).to_string()
        } else {
            k.decimal(0.5, top, places)
        }
    })
}

/// `IIIa`, `T2N1M0`
fn tumour_stage(k: &mut Kit) -> Column {
    let (form, stage) = (k.chance(0.5), k.pick(&["", "Stage ", "stage "]));
    Box::new(move |k| {
        if form {
            format!(
                "{}T{}N{}M{}",
                k.pick(&["", "p"]),
                k.int(1, 4),
                k.int(0, 3),
                k.int(0, 1)
            )
        } else {
            format!(
                "{stage}{}{}",
                k.one("I, II, III, IV"),
                k.pick(&["", "A", "B", "C"])
            )
        }
    })
}

/// `L4/L5`
fn vertebra(k: &mut Kit) -> Column {
    let (disc, gap) = (k.chance(0.5), k.pick(&["-", "/"]));
    Box::new(move |k| {
        let (region, last) = k.pick(&[("C", 7), ("T", 12), ("L", 5)]);
        let n = k.int(1, last - 1);
        if disc {
            format!("{region}{n}{gap}{}", n + 1)
        } else {
            format!("{region}{n}")
        }
    })
}
