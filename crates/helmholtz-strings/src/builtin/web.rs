//! What computers are called and where they keep things: addresses, paths, names, hashes.

use super::kit::{Column, Generator, Kit, capital, named};
use super::lexicon::{ADJECTIVES, COUNTRY_CODES, FIRST_NAMES, NOUNS, SURNAMES};

pub(super) const GENERATORS: &[(&str, Generator)] = named![
    email,
    url,
    domain,
    top_level_domain,
    url_path,
    unix_path,
    windows_path,
    file_name,
    camera_file,
    ip_address,
    ipv6_address,
    mac_address,
    hex_colour,
    rgb_colour,
    uuid,
    git_hash,
    hex_number,
    random_token,
    user_name,
    handle,
    host_name,
];

/// `ruth.novak@mill.org`
fn email(k: &mut Kit) -> Column {
    let domain = format!(
        "{}.{}",
        k.one(NOUNS),
        k.one("com, org, net, de, co.uk, edu")
    );
    let (gap, one) = (k.pick(&[".", "_", ""]), k.chance(0.5));
    Box::new(move |k| {
        let person = format!("{}{gap}{}", k.one(FIRST_NAMES), k.one(SURNAMES)).to_lowercase();
        let domain = if one {
            domain.as_str()
        } else {
            k.one("gmail.com, yahoo.com, web.de, mail.ru")
        };
        format!("{}@{domain}", person.replace('\'', ""))
    })
}

/// `https://www.mill.org/road`
fn url(k: &mut Kit) -> Column {
    let (scheme, end) = (
        k.pick(&["https://", "http://", "https://www.", "www.", "ftp://"]),
        k.one("com, org, net, io"),
    );
    let site = k.chance(0.5).then(|| k.one(NOUNS));
    Box::new(move |k| {
        let site = site.unwrap_or_else(|| k.one(NOUNS));
        format!(
            "{scheme}{site}.{end}/{}{}",
            k.one(NOUNS),
            k.pick(&["", "", "/", ".html"])
        )
    })
}

/// `silvermill.io`
fn domain(k: &mut Kit) -> Column {
    let ends = k.pick(&[
        "com, org, net, io",
        "com",
        "de, at, ch",
        "co.uk, org.uk, ac.uk",
        "gov",
    ]);
    let gap = k.pick(&["", "", "-"]);
    Box::new(move |k| format!("{}{gap}{}.{}", k.one(ADJECTIVES), k.one(NOUNS), k.one(ends)))
}

/// `.se`
fn top_level_domain(k: &mut Kit) -> Column {
    let (dot, generic) = (k.pick(&[".", ".", "*."]), k.chance(0.3));
    Box::new(move |k| {
        let country = k.one(COUNTRY_CODES).to_lowercase();
        let end = if generic {
            k.one("com, org, net, info, biz, edu, gov, app, dev, coop, mil, name")
        } else {
            &country
        };
        format!("{dot}{end}")
    })
}

/// `/garden/482?page=3`
fn url_path(k: &mut Kit) -> Column {
    let (root, form) = (k.one(NOUNS), k.int(0, 2));
    Box::new(move |k| match form {
        0 => format!("/{root}/{}", k.int(1, 9999)),
        1 => format!("/{root}s?page={}", k.int(1, 60)),
        _ => format!("/{}/{}-{}", root, k.one(ADJECTIVES), k.one(NOUNS)),
    })
}

/// `/var/log/mill.log`
fn unix_path(k: &mut Kit) -> Column {
    let root = k.one(
        "/var/log, /etc, /home/ruth, ~/data, ./src, ../lib, /usr/share, /mnt/c, /opt, s3://raw",
    );
    let ends = k.pick(&["", ".log, .txt", ".conf", ".py, .sh", ".csv, .gz"]);
    Box::new(move |k| format!("{root}/{}{}", k.one(NOUNS), k.one(ends)))
}

/// `C:\data\mill.xls`
fn windows_path(k: &mut Kit) -> Column {
    let root = k.pick(&[
        "C:\\data",
        "C:\\Users\\ruth",
        "D:\\Photos",
        "\\\\nas\\share",
        "%TEMP%",
    ]);
    let end = k.one("xls, docx, jpg, txt, pdf, exe, dll");
    Box::new(move |k| {
        format!(
            "{root}\\{}{}.{end}",
            k.one(NOUNS),
            k.pick(&["", "", "~1", " (2)"])
        )
    })
}

/// `mill_final_2.csv`
fn file_name(k: &mut Kit) -> Column {
    let ends = k.pick(&[
        "csv",
        "pdf, docx",
        "txt, md",
        "png, jpg, gif",
        "py",
        "R, Rmd",
        "tar.gz, zip",
        "xlsx, xls",
        "wav, mp3",
    ]);
    let (gap, mask) = (
        k.pick(&["_", "-", " ", "."]),
        k.pick(&["#", "##", "v%", "20##", "%##"]),
    );
    Box::new(move |k| {
        let (name, number) = (k.one(NOUNS), k.fill(mask));
        format!("{name}{gap}{number}.{}", k.one(ends))
    })
}

/// `IMG_0231.JPG`
fn camera_file(k: &mut Kit) -> Column {
    let prefix = k.pick(&[
        "IMG_", "DSC", "DSC_0", "P10", "PICT", "scan", "MVI_", "_DSC",
    ]);
    let end = k.pick(&[".JPG", ".jpg", ".CR2", ".MOV", ""]);
    Box::new(move |k| format!("{prefix}{}{end}", k.digits(4)))
}

/// `192.168.4.17`
fn ip_address(k: &mut Kit) -> Column {
    let net = k.pick(&["192.168.0.", "10.0.", "172.16.", "", ""]);
    let end = k.pick(&["", "", ":8080", "/24", ":443"]);
    Box::new(move |k| {
        let missing = 4 - net.matches('.').count();
        let bytes: Vec<_> = (0..missing).map(|_| k.int(1, 254).to_string()).collect();
        format!("{net}{}{end}", bytes.join("."))
    })
}

/// `fe80::1c4a:9b2f`
fn ipv6_address(k: &mut Kit) -> Column {
    let net = k.pick(&["fe80::", "2001:db8::", "::", "2a01:4f8:"]);
    Box::new(move |k| format!("{net}{}:{}", k.hex(4), k.hex(4)))
}

/// `00:1b:44:11:3a:b7`
fn mac_address(k: &mut Kit) -> Column {
    let (gap, vendor, shout) = (k.pick(&[":", ":", "-"]), k.hex(2), k.chance(0.4));
    Box::new(move |k| {
        let bytes: Vec<_> = (0..5).map(|_| k.hex(2)).collect();
        let address = format!("{vendor}{gap}{}", bytes.join(gap));
        if shout {
            address.to_uppercase()
        } else {
            address
        }
    })
}

/// `#3fa2c8`
fn hex_colour(k: &mut Kit) -> Column {
    let (mark, n, shout) = (
        k.pick(&["#", "#", "#", "", "0x"]),
        k.pick(&[6, 6, 6, 3, 8]),
        k.chance(0.4),
    );
    Box::new(move |k| {
        let code = k.hex(n);
        format!("{mark}{}", if shout { code.to_uppercase() } else { code })
    })
}

/// `rgb(12, 180, 44)`
fn rgb_colour(k: &mut Kit) -> Column {
    let (open, comma, close) = k.pick(&[
        ("rgb(", ", ", ")"),
        ("", ",", ""),
        ("", " ", ""),
        ("(", ",", ")"),
        ("hsl(", "%,", ")"),
    ]);
    Box::new(move |k| {
        format!(
            "{open}{}{comma}{}{comma}{}{close}",
            k.int(0, 255),
            k.int(0, 99),
            k.int(0, 99)
        )
    })
}

/// `3f2a9c1e-77b0-4d1c-9a55-0c2be81f6d3a`
fn uuid(k: &mut Kit) -> Column {
    let (shout, short) = (k.chance(0.2), k.chance(0.5));
    Box::new(move |k| {
        let id = format!("{}-{}-4{}", k.hex(8), k.hex(4), k.hex(3));
        let id = if short {
            id
        } else {
            format!("{id}-9{}-{}", k.hex(3), k.hex(12))
        };
        if shout { id.to_uppercase() } else { id }
    })
}

/// `e4d909c`
fn git_hash(k: &mut Kit) -> Column {
    let (prefix, n) = (
        k.pick(&["", "", "", "@", "sha:"]),
        k.pick(&[7, 7, 8, 12, 16, 32]),
    );
    Box::new(move |k| prefix.to_string() + &k.hex(n))
}

/// `0x1F4A`
fn hex_number(k: &mut Kit) -> Column {
    let (mark, n) = (
        k.pick(&["0x", "0x", "&H", "$", "\\x", "U+"]),
        k.pick(&[2, 4, 4, 8]),
    );
    let shout = k.chance(0.6);
    Box::new(move |k| {
        let number = k.hex(n);
        format!(
            "{mark}{}",
            if shout { number.to_uppercase() } else { number }
        )
    })
}

/// `dQw4w9WgXcQ`
fn random_token(k: &mut Kit) -> Column {
    let n = k.pick(&[6, 8, 11, 16, 20]);
    let end = k.pick(&["", "", "=", "==", "_"]);
    Box::new(move |k| {
        k.letters(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            n,
        ) + end
    })
}

/// `rnovak82`
fn user_name(k: &mut Kit) -> Column {
    let (form, mask) = (k.int(0, 3), k.pick(&["##", "#", "", "19##"]));
    Box::new(move |k| {
        let (first, last) = (k.one(FIRST_NAMES), k.one(SURNAMES).replace('\'', ""));
        let name = match form {
            0 => format!("{}{last}{}", &first[..1], k.fill(mask)),
            1 => format!("{first}.{last}"),
            2 => format!("{}_{}{}", k.one(ADJECTIVES), k.one(NOUNS), k.fill(mask)),
            _ => format!("{last}{}", &first[..2]),
        };
        name.to_lowercase()
    })
}

/// `@lostharbour`, `#GoldenGate`
fn handle(k: &mut Kit) -> Column {
    let (mark, camel) = (k.pick(&["@", "@", "#", "#", "u/"]), k.chance(0.5));
    Box::new(move |k| {
        let (one, two) = (k.one(ADJECTIVES), k.one(NOUNS));
        if camel {
            format!("{mark}{}{}", capital(one), capital(two))
        } else {
            format!("{mark}{one}{two}")
        }
    })
}

/// `web-03.prod`
fn host_name(k: &mut Kit) -> Column {
    let roles = k.pick(&[
        "web, db, api",
        "node",
        "gpu",
        "srv",
        "nyc, lon, fra",
        "mx, ns, www",
    ]);
    let (gap, zone) = (
        k.pick(&["-", "", "_"]),
        k.pick(&["", ".prod", ".local", "-dev", ".eu"]),
    );
    Box::new(move |k| format!("{}{gap}{:02}{zone}", k.one(roles), k.int(1, 32)))
}
