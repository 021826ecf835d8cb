//! Amounts: whole numbers with marks between thousands, and the codes of currencies.

use std::sync::LazyLock;

/// How often so many groups of three digits are behind the first digits, of which there are one to three.
const GROUPS: [f64; 5] = [0.3, 0.3, 0.25, 0.1, 0.05];
/// Where a whole number may end that begins a text, with a mark before each group of three digits: each number of first digits and
/// each digit is as likely.
pub(super) fn grouped(mark: char, text: &[char]) -> Vec<(usize, f64)> {
    let is_digit = |c: &&char| c.is_ascii_digit();
    let digits = |n: usize| -10f64.ln() * n as f64 - 3f64.ln();
    let first = text.iter().take(3).take_while(is_digit).count();
    let mut found: Vec<(usize, f64)> = (1..=first)
        .map(|n| (n, GROUPS[0].ln() + digits(n)))
        .collect();
    for (k, share) in GROUPS.iter().enumerate().skip(1) {
        let at = first + 4 * (k - 1);
        let group = text.get(at..at + 4).filter(|_| first > 0);
        let is_group =
            |group: &[char]| group[0] == mark && group[1..].iter().all(char::is_ascii_digit);
        if !group.is_some_and(is_group) {
            break;
        }
        found.push((at + 4, share.ln() + digits(first + 3 * k)));
    }
    found
}

/// The regular expression of numbers with a mark.
pub(super) fn regex(mark: char) -> String {
    format!(
        "[0-9]{{1,3}}(?:[{mark}][0-9]{{3}}){{0,{}}}",
        GROUPS.len() - 1
    )
}

/// Codes of ISO 4217: the ones that stand in most tables, and others.
const MAJOR: &str = "USD EUR GBP JPY CHF CAD AUD CNY INR BRL";
const MINOR: &str = "AED AFN ALL AMD ANG AOA ARS AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BSD BTN BWP BYN BZD CDF CLP COP CRC \
                     CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB FJD FKP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IQD \
                     IRR ISK JMD JOD KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU \
                     MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD \
                     SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX UYU UZS \
                     VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL";
/// How often a code is one of the first.
const MOSTLY: f64 = 0.6;

/// All codes with ln of the chance of each, in order.
static CODES: LazyLock<Vec<(&str, f64)>> = LazyLock::new(|| {
    let shared = |codes: &'static str, share: f64| {
        let all = codes.split(' ').count() as f64;
        codes.split(' ').map(move |code| (code, (share / all).ln()))
    };
    let all = shared(MAJOR, MOSTLY).chain(shared(MINOR, 1.0 - MOSTLY));
    let mut all: Vec<(&str, f64)> = all.collect();
    all.sort_by_key(|(code, _)| *code);
    all
});

/// All codes, in order.
pub(super) fn currencies() -> impl Iterator<Item = &'static str> {
    CODES.iter().map(|(code, _)| *code)
}

/// The code that begins a text.
pub(super) fn currency(text: &[char]) -> Option<(usize, f64)> {
    let code = text.get(..3)?;
    let place = CODES.binary_search_by(|(known, _)| known.chars().cmp(code.iter().copied()));
    place.ok().map(|place| (3, CODES[place].1))
}
