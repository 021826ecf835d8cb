//! Codes of trade and office: products, invoices, courses, plates, accounts, standards.

use super::kit::{Column, Generator, Kit, named};
use super::lexicon::DEPARTMENTS;

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    account_number,
    ticket_key,
    invoice_number,
    product_code,
    catalogue_number,
    mixed_catalogue,
    serial_number,
    barcode,
    isbn,
    issn,
    course_code,
    room,
    seat,
    licence_plate,
    flight_number,
    vehicle_model,
    docket,
    patent,
    standard_number,
    industry_code,
    shelf_mark,
    masked_card,
    bank_account,
    container,
    version,
    revision,
    stock_ticker,
];

/// `0042-118-3`
fn account_number(k: &mut Kit) -> Column {
    k.masked(&[
        "####-###-#",
        "%#-######",
        "###-##-####",
        "####.####.##",
        "## ### ###",
        "%###-%###",
        "#### ####",
    ])
}

/// `NET-482`
fn ticket_key(k: &mut Kit) -> Column {
    let keys = [k.upper(3), k.upper(3), k.upper(4)];
    let (one, top) = (k.chance(0.6), k.magnitude(100, 9999));
    Box::new(move |k| {
        let key = if one { 0 } else { k.int(0, 2) as usize };
        format!("{}-{}", keys[key], k.int(1, top))
    })
}

/// `INV-2019-0042`
fn invoice_number(k: &mut Kit) -> Column {
    let kind = k.pick(&["INV", "PO", "SO", "RE", "QT", "ORD", "Inv", "WO"]);
    let mask = k.pick(&[
        "-20##-0###",
        "######",
        "-#####",
        "/####",
        " 00####",
        "2#-###",
    ]);
    Box::new(move |k| kind.to_string() + &k.fill(mask))
}

/// `4KD71-X`
fn product_code(k: &mut Kit) -> Column {
    k.masked(&[
        "%#-****",
        "%@@##-@",
        "@@@-##-@@",
        "@##@##",
        "@@####@",
        "%#@###",
        "***-***",
        "@@%#@",
    ])
}

/// `KD4182/3`
fn catalogue_number(k: &mut Kit) -> Column {
    let (maker, mask) = (
        k.upper(2),
        k.pick(&["####", "%##", "%##@", "####/#", "-####-@", "##.%#"]),
    );
    Box::new(move |k| maker.clone() + &k.fill(mask))
}

/// `FX80-9`, `0042KD`, `K7`: the catalogues of several makers in one column
fn mixed_catalogue(k: &mut Kit) -> Column {
    let masks = k.some(
        "@@##-#, ####@@, @#, @@@###, %##-@, @####, @@-@@##, %#@, @@@@, @##.#",
        4,
    );
    Box::new(move |k| {
        let mask = k.pick(&masks);
        k.fill(mask)
    })
}

/// `4H7Q-92KX`
fn serial_number(k: &mut Kit) -> Column {
    k.masked(&[
        "****-****",
        "SN########",
        "C0*%####*",
        "**********",
        "@#@-#@#-@#@",
        "*****-*****",
    ])
}

/// `5012345678900`
fn barcode(k: &mut Kit) -> Column {
    let (start, n) = (
        k.pick(&["50", "40", "0", "978", "73", "2"]),
        k.pick(&[8, 13]) as usize,
    );
    Box::new(move |k| start.to_string() + &k.digits(n - start.len()))
}

/// `0-306-40615-2`
fn isbn(k: &mut Kit) -> Column {
    let mask = k.pick(&[
        "0-###-#####-",
        "978-0-##-######-",
        "%########",
        "3-540-#####-",
        "978 1 #### #### ",
    ]);
    Box::new(move |k| k.fill(mask) + &k.letters("0123456789X", 1))
}

/// `0378-5955`
fn issn(k: &mut Kit) -> Column {
    let prefix = k.pick(&["", "", "ISSN "]);
    Box::new(move |k| {
        format!(
            "{prefix}{}{}",
            k.fill("####-###"),
            k.letters("0123456789X", 1)
        )
    })
}

/// `math204`, `HIS 310B`
fn course_code(k: &mut Kit) -> Column {
    let (subject, mask) = (
        k.one(DEPARTMENTS),
        k.pick(&["%##", "%#", " %##", "-%0#", " %##@", "%###"]),
    );
    let several = k.chance(0.5);
    let (letters, small) = (k.int(2, 4) as usize, k.chance(0.3));
    Box::new(move |k| {
        let subject = if several { k.one(DEPARTMENTS) } else { subject };
        let code: String = subject
            .chars()
            .filter(char::is_ascii_alphabetic)
            .take(letters)
            .collect();
        let code = if small {
            code.to_lowercase()
        } else {
            code.to_uppercase()
        };
        code + &k.fill(mask)
    })
}

/// `3.112`, `B204`
fn room(k: &mut Kit) -> Column {
    k.masked(&[
        "%.1##", "@%0#", "Room %##", "%##@", "@-%##", "H%.##", "%/0##",
    ])
}

/// `12C`
fn seat(k: &mut Kit) -> Column {
    let (rows, letters) = (
        k.int(9, 60),
        k.pick(&["ABCDEF", "ABCDEFGHJK", "AB", "abcd"]),
    );
    Box::new(move |k| format!("{}{}", k.int(1, rows), k.letters(letters, 1)))
}

/// `KD 4821`
fn licence_plate(k: &mut Kit) -> Column {
    k.masked(&[
        "@@## @@@",
        "@@@-####",
        "@@-###-@@",
        "@ @@ %###",
        "####-@@@",
        "@@@ ###",
        "%@@@###",
        "@@ ##-##",
    ])
}

/// `LH 482`
fn flight_number(k: &mut Kit) -> Column {
    let (carrier, gap) = (k.upper(2), k.pick(&["", " ", "-"]));
    let several = k.chance(0.5);
    Box::new(move |k| {
        let carrier = if several {
            k.one("AF, BA, DL, EK, IB, KL, LH, QF, SK, U2, UA")
        } else {
            &carrier
        };
        format!("{carrier}{gap}{}", k.magnitude(10, 9000))
    })
}

/// `A4 2.0 TDI`, `XC90`
fn vehicle_model(k: &mut Kit) -> Column {
    let (letters, mask) = (
        k.int(1, 2) as usize,
        k.pick(&["%#", "%", "%00", "-%#0", "%##"]),
    );
    let trims = k.pick(&[", , LX, GT, S", ", i, d", ", , 4x4", "-A, -B, -C", ", MkII"]);
    Box::new(move |k| {
        let model = k.upper(letters) + &k.fill(mask);
        format!("{model} {}", k.one(trims)).trim_end().to_string()
    })
}

/// `C-118/07`
fn docket(k: &mut Kit) -> Column {
    k.masked(&[
        "C-###/##",
        "%# Cr. ###",
        "@@-20##-####",
        "T-%###/##",
        "[20##] @@ %#",
        "%## U.S. %##",
    ])
}

/// `US 7,654,321`
fn patent(k: &mut Kit) -> Column {
    k.masked(&[
        "US %,###,###",
        "EP%######",
        "US%####### B2",
        "WO 20##/0#####",
        "DE ## ## ###",
        "JP%######A",
    ])
}

/// `ISO 9001:2015`
fn standard_number(k: &mut Kit) -> Column {
    let (body, year) = (
        k.pick(&["ISO ", "EN ", "DIN ", "RFC ", "IEC ", "ASTM D", "BS "]),
        k.chance(0.4),
    );
    Box::new(move |k| {
        let number = format!("{body}{}", k.magnitude(100, 30_000));
        if year {
            format!("{number}:{}", k.int(1990, 2023))
        } else {
            number
        }
    })
}

/// `62.01`, `8471.30`
fn industry_code(k: &mut Kit) -> Column {
    k.masked(&[
        "##.##", "##.#", "####.##", "%#.##.%0", "@##.#", "%####0", "%#-%###",
    ])
}

/// `QA76.9 .K3`, `512.73`
fn shelf_mark(k: &mut Kit) -> Column {
    k.masked(&[
        "@@##.# .@#",
        "%##.##",
        "%##.## @@@",
        "@@ %### @##",
        "@%##",
        "MS @##",
        "Add. MS %####",
    ])
}

/// `**** 4821`
fn masked_card(k: &mut Kit) -> Column {
    let mask = k.pick(&["**** ", "XXXX-", "...", "x", "xxxx", "****"]);
    Box::new(move |k| format!("{mask}{}", k.digits(4)))
}

/// `DE44500105175407`
fn bank_account(k: &mut Kit) -> Column {
    let (country, n) = (k.one("DE, FR, NL, GB, ES, AT, CH"), k.int(10, 18) as usize);
    Box::new(move |k| country.to_string() + &k.digits(n))
}

/// `MSKU 482107-5`
fn container(k: &mut Kit) -> Column {
    let (owner, mask) = (
        k.upper(3) + "U",
        k.pick(&[" ######-#", "#######", " ### ### #"]),
    );
    Box::new(move |k| owner.clone() + &k.fill(mask))
}

/// `v2.13.0`
fn version(k: &mut Kit) -> Column {
    let (prefix, parts) = (
        k.pick(&["", "", "v", "V", "release-"]),
        k.pick(&[2, 3, 3, 4]),
    );
    let tags = k.pick(&[", ", ", , -beta, -rc1, -rc2", ", , a1, b2", ", , -SNAPSHOT"]);
    Box::new(move |k| {
        let numbers: Vec<_> = (0..parts)
            .map(|_| k.magnitude(1, 30) - 1)
            .map(|n| n.to_string())
            .collect();
        format!("{prefix}{}{}", numbers.join("."), k.one(tags))
    })
}

/// `Rev. C`, `draft 3`
fn revision(k: &mut Kit) -> Column {
    let (word, lettered) = (
        k.pick(&["Rev. ", "rev", "draft ", "Ed. ", "r", "Issue "]),
        k.chance(0.4),
    );
    Box::new(move |k| {
        let mark = if lettered {
            k.letters("ABCDEFGHJKLM", 1)
        } else {
            k.int(1, 20).to_string()
        };
        word.to_string() + &mark
    })
}

/// `KLD.L`, `BRK-B`
fn stock_ticker(k: &mut Kit) -> Column {
    let markets = k.pick(&["", "", ".L", ".DE", ".TO", ":US"]);
    Box::new(move |k| {
        let n = k.int(1, 4) as usize;
        k.upper(n) + k.one(markets)
    })
}
