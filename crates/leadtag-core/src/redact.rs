//! Keeps secrets and personal data out of everything that is printed.

use std::borrow::Cow;

/// Stands where something was taken out.
pub(crate) const HIDDEN: &str = "[hidden]";

/// Replaces every occurrence of each secret, also percent-encoded, whichever characters of it are.
/// Secrets shorter than four bytes are left: replacing them would only garble the text and tell
/// where they stood.
pub(crate) fn hide(text: &mut String, secrets: &[&str]) {
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        if text.contains(*secret) {
            *text = text.replace(*secret, HIDDEN);
        }
        let mut from = 0;
        while let Some((start, end)) = find_encoded(text, from, secret.as_bytes()) {
            text.replace_range(start..end, HIDDEN);
            from = start + HIDDEN.len();
        }
    }
}

/// Where `secret` stands in `text`, at `from` or later, each of its bytes as it is or encoded.
fn find_encoded(text: &str, from: usize, secret: &[u8]) -> Option<(usize, usize)> {
    let starts = (from..text.len()).filter(|at| text.is_char_boundary(*at));
    starts
        .filter_map(|start| Some((start, encoded_end(text.as_bytes(), start, secret)?)))
        .find(|(_, end)| text.is_char_boundary(*end))
}

fn encoded_end(text: &[u8], start: usize, secret: &[u8]) -> Option<usize> {
    secret.iter().try_fold(start, |at, byte| match text.get(at..)? {
        [b'%', high, low, ..] if hex(*high, *low) == Some(*byte) => Some(at + 3),
        [b'+', ..] if *byte == b' ' => Some(at + 1),
        [same, ..] if same == byte => Some(at + 1),
        _ => None,
    })
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Masks what looks like a mobile number of mainland China, a number with the code of another
/// country, the number of an identity card (身份证号), or an e-mail address.
///
/// For texts that come from outside, such as a platform's error message.
#[must_use]
pub fn mask_personal(text: &str) -> Cow<'_, str> {
    let is_plain = text.is_ascii()
        || !(text.contains(is_fancy)
            || (may_be_personal(text.as_bytes()) && text.contains(is_wide)));
    let spans = if is_plain { personal_spans(text) } else { plain_spans(text) };
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in spans {
        masked.push_str(&text[from..start]);
        masked.push_str("***");
        from = end;
    }
    masked.push_str(&text[from..]);
    Cow::Owned(masked)
}

/// What may stand in a number or an address in the place of something plain. Other characters that
/// have a plain form stand in every text.
fn is_fancy(c: char) -> bool {
    matches!(c, '０'..='９' | '＠' | '＋' | '﹢')
        || plain_char(c).is_none_or(|plain| plain != c && "- ".contains(plain))
}

/// Whether there is something else for it in plain text.
fn is_wide(c: char) -> bool {
    plain_char(c) != Some(c)
}

/// The spans of a text as it would be written with plain characters alone.
fn plain_spans(text: &str) -> Vec<(usize, usize)> {
    let mut written = String::with_capacity(text.len());
    // Where each character stands in the plain text, and in its own.
    let mut places = Vec::new();
    for (own, c) in text.char_indices() {
        if let Some(c) = plain_char(c) {
            places.push((written.len(), own));
            written.push(c);
        }
    }
    places.push((written.len(), text.len()));
    let own = |at: usize| {
        let place = places.binary_search_by_key(&at, |place| place.0);
        place.map_or(text.len(), |place| places[place].1)
    };
    personal_spans(&written).into_iter().map(|(start, end)| (own(start), own(end))).collect()
}

/// A character as it is in plain text, as far as numbers and addresses have it: digits, letters and
/// signs of full width, hyphens and spaces of all kinds. `None`: it is not seen at all, such as the
/// marks of direction that come along with what is copied from a phone.
#[must_use]
pub fn plain_char(c: char) -> Option<char> {
    Some(match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => return None,
        '\u{2060}'..='\u{2069}' | '\u{feff}' => return None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '﹢' => '+',
        '·' | '•' | '‧' | '・' => '.',
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    })
}

/// Whether there are enough digits for a mobile, or something like an at-sign: few texts get past
/// this, and it costs next to nothing.
fn may_be_personal(bytes: &[u8]) -> bool {
    const DIGITS: usize = 11;
    let digits = || bytes.iter().filter(|b| b.is_ascii_digit()).count();
    (bytes.len() >= DIGITS && digits() >= DIGITS)
        || memchr::memchr3(b'@', b'%', b'+', bytes).is_some()
}

/// No number of a person, nor the first group of one, has fewer digits.
const SHORTEST: usize = 3;

fn personal_spans(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    if !may_be_personal(bytes) {
        return spans;
    }
    let mut at = 0;
    loop {
        at = run_end(bytes, at, |b| !begins_personal(b));
        if at == bytes.len() {
            return spans;
        }
        let end = if bytes[at].is_ascii_digit() {
            let run = run_end(bytes, at, |b| b.is_ascii_digit());
            if run - at < SHORTEST || is_fraction(bytes, at) {
                at = run;
                continue;
            }
            let mobile = if is_mobile(&bytes[at..run]) { Some(run) } else { None };
            let found = mobile
                .or_else(|| mobile_in_groups(bytes, at, run))
                .or_else(|| identity_card(bytes, at, run))
                .or_else(|| number_from_abroad(bytes, at));
            match found.map(|end| (end, id_around(bytes, at))) {
                Some((_, Some(behind))) => behind,
                Some((end, None)) => {
                    spans.push((at, end));
                    end
                }
                None => run,
            }
        } else if let Some(end) = number_from_abroad(bytes, at) {
            spans.push((at + 1, end));
            end
        } else if let Some(after) = at_sign(bytes, at) {
            match email_around(bytes, at, after) {
                Some((mut start, end)) => {
                    // What was found before and reaches into it stays masked to its own start.
                    while let Some(before) = spans.pop_if(|span| span.1 > start) {
                        start = start.min(before.0);
                    }
                    spans.push((start, end));
                    end
                }
                None => after,
            }
        } else {
            at + 1
        };
        at = end;
    }
}

/// Whether a number, the sign before one from abroad, or an at-sign may begin with this.
fn begins_personal(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'+' | b'@' | b'%')
}

/// Whether what stands there are the digits behind the point of a number such as 0.25.
fn is_fraction(bytes: &[u8], at: usize) -> bool {
    match &bytes[..at] {
        [before @ .., b'0', b'.'] => !before.last().is_some_and(u8::is_ascii_digit),
        _ => false,
    }
}

fn run_end(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|b| !belongs(*b)).map_or(bytes.len(), |n| from + n)
}

/// Eleven digits that begin with 13 to 19, with or without the country code.
pub(crate) fn is_mobile(digits: &[u8]) -> bool {
    let local = match digits.len() {
        11 => digits,
        12 if digits.starts_with(b"0") => &digits[1..],
        13 if digits.starts_with(b"86") => &digits[2..],
        15 if digits.starts_with(b"0086") => &digits[4..],
        _ => return false,
    };
    begins_mobile(local)
}

fn begins_mobile(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'3'..=b'9', ..])
}

/// Where the id ends that these digits are part of: a UUID, or 32 hexadecimal digits.
fn id_around(bytes: &[u8], at: usize) -> Option<usize> {
    const LONGEST: usize = 36;
    let belongs = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    // What is longer is none.
    let from = at.saturating_sub(LONGEST);
    let start = bytes[from..at].iter().rposition(|b| !belongs(*b)).map_or(from, |n| from + n + 1);
    let end = run_end(&bytes[..bytes.len().min(at + LONGEST + 1)], at, belongs);
    let token = &bytes[start..end];
    let hyphens: Vec<usize> = (0..token.len()).filter(|at| token[*at] == b'-').collect();
    let is_id = match token.len() {
        36 => hyphens == [8, 13, 18, 23],
        32 => hyphens.is_empty() && token.iter().any(u8::is_ascii_alphabetic),
        _ => false,
    };
    is_id.then_some(end)
}

/// How people write a mobile in groups.
struct Form {
    /// How many digits each has.
    groups: &'static [usize],
    /// What stands between them, if anything does.
    between: &'static [u8],
    /// How much of it, at most.
    most: usize,
}

/// Forms in which other numbers are written too, such as `15000-200000`, are mobiles with one space
/// only.
const FORMS: [Form; 4] = [
    Form { groups: &[3, 4, 4], between: b"-. _", most: 3 },
    Form { groups: &[3, 8], between: b"-. ", most: 1 },
    Form { groups: &[7, 4], between: b"-. ", most: 1 },
    Form { groups: &[5, 6], between: b" ", most: 1 },
];

/// Where the groups of a mobile such as 199-0000-1234 end, of which the first digits end at `run`.
fn mobile_in_groups(bytes: &[u8], start: usize, run: usize) -> Option<usize> {
    let first = start + usize::from(bytes[start] == b'0');
    if !begins_mobile(&bytes[first..]) {
        return None;
    }
    let mut forms = FORMS.iter().filter(|form| form.groups[0] == run - first);
    forms.find_map(|form| form.end(bytes, first))
}

/// Where the number of an identity card ends, whose digits from `start` to `run` are all of it or all
/// but an X: the place, the day of birth, and a last digit that checks the others.
fn identity_card(bytes: &[u8], start: usize, run: usize) -> Option<usize> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let end = run + usize::from(matches!(bytes.get(run), Some(b'X' | b'x')));
    let number = &bytes[start..end];
    let (digits, [last]) = number.split_first_chunk::<17>()? else { return None };
    let (years, month, day) = (&digits[6..8], &digits[10..12], &digits[12..14]);
    let is_day = matches!(years, b"19" | b"20")
        && (&b"01"[..]..=b"12").contains(&month)
        && (&b"01"[..]..=b"31").contains(&day);
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(b, weight)| u32::from(b - b'0') * weight).sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    (is_day && digits.iter().all(u8::is_ascii_digit) && last.eq_ignore_ascii_case(&check))
        .then_some(end)
}

/// The codes of countries and regions whose people leave their numbers most often, and how many digits
/// a number has there, at least and at most.
const COUNTRIES: [(&str, usize, usize); 19] = [
    ("1", 10, 10),
    ("7", 10, 10),
    ("33", 9, 9),
    ("44", 10, 11),
    ("49", 10, 11),
    ("60", 9, 10),
    ("61", 9, 9),
    ("62", 9, 12),
    ("63", 10, 10),
    ("65", 8, 8),
    ("66", 9, 9),
    ("81", 10, 10),
    ("82", 9, 10),
    ("84", 9, 9),
    ("91", 10, 10),
    ("852", 8, 8),
    ("853", 8, 8),
    ("886", 9, 9),
    ("971", 9, 9),
];

/// Where a number ends that has the code of another country behind a `+` or `00`.
fn number_from_abroad(bytes: &[u8], at: usize) -> Option<usize> {
    let start = match &bytes[at..] {
        [b'+', ..] => at + 1,
        [b'0', b'0', ..] => at + 2,
        _ => return None,
    };
    let is_within = at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
    // No code begins with a 0.
    if is_within || !matches!(bytes.get(start), Some(b'1'..=b'9')) {
        return None;
    }
    let code = |(code, ..): &&(&str, usize, usize)| bytes[start..].starts_with(code.as_bytes());
    let (code, least, most) = COUNTRIES.iter().find(code)?;
    let mut end = start + code.len();
    let mut digits = 0;
    loop {
        let group = skip(bytes, end, b"- ()", 3);
        let group_ends = run_end(bytes, group, |b| b.is_ascii_digit());
        let length = group_ends - group;
        if length == 0 || digits + length > *most {
            break;
        }
        // There no number begins with 0 or 1.
        if digits == 0 && *code == "1" && bytes[group] < b'2' {
            return None;
        }
        (digits, end) = (digits + length, group_ends);
    }
    let goes_on = matches!(bytes[end..], [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..]);
    (digits >= *least && !goes_on).then_some(end)
}

/// Where so much of these characters ends; nowhere else, if there is more.
fn skip(bytes: &[u8], at: usize, what: &[u8], most: usize) -> usize {
    let end = run_end(bytes, at, |b| what.contains(&b));
    if end - at > most { at } else { end }
}

impl Form {
    /// Where the groups end that begin at `start`, with something between them, or nothing, or the
    /// bracket of the first one.
    fn end(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let mut at = start;
        for length in self.groups {
            if at > start {
                at += usize::from(bytes.get(at) == Some(&b')'));
                at = skip(bytes, at, self.between, self.most);
            }
            let end = run_end(bytes, at, |b| b.is_ascii_digit());
            if end - at != *length {
                return None;
            }
            at = end;
        }
        Some(at)
    }
}

/// Where an at-sign ends, as it is or percent-encoded.
fn at_sign(bytes: &[u8], at: usize) -> Option<usize> {
    match &bytes[at..] {
        [b'@', ..] => Some(at + 1),
        [b'%', b'4', b'0', ..] => Some(at + 3),
        _ => None,
    }
}

fn email_around(bytes: &[u8], at: usize, after: usize) -> Option<(usize, usize)> {
    let local = |b: u8| b.is_ascii_alphanumeric() || b"._%+-".contains(&b);
    let domain = |b: u8| b.is_ascii_alphanumeric() || b".-".contains(&b);
    let mut start = bytes[..at].iter().rposition(|b| !local(*b)).map_or(0, |n| n + 1);
    let mut end = run_end(bytes, after, domain);
    if !bytes[after..end].contains(&b'.') {
        // A domain in Chinese, such as 例子.公司.
        let of_domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let rest = std::str::from_utf8(&bytes[after..]).unwrap_or_default();
        end = after + rest.find(|c| !of_domain(c)).unwrap_or(rest.len());
    }
    if start == at && is_domain(&bytes[after..end]) {
        // A name in Chinese, such as 张三@example.com.
        const LONGEST: usize = 64;
        let from = (at.saturating_sub(LONGEST)..at).find(|from| bytes[*from] & 0xc0 != 0x80);
        let before = from.and_then(|from| std::str::from_utf8(&bytes[from..at]).ok());
        let name = before.map_or("", |text| {
            text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
        });
        start -= name.len();
    }
    (start < at && bytes[after..end].contains(&b'.')).then_some((start, end))
}

/// Whether it ends as names of hosts do.
fn is_domain(host: &[u8]) -> bool {
    let end = host.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1);
    let mut parts = host[..end].rsplit(|b| *b == b'.');
    let last = parts.next().unwrap_or_default();
    last.len() > 1 && last.iter().all(u8::is_ascii_alphabetic) && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_and_emails_in_a_foreign_text_are_masked() {
        for (text, masked) in [
            ("nobody here", "nobody here"),
            ("mobile 19900001234 exists", "mobile *** exists"),
            ("+8619900001234, 008619900001234", "+***, ***"),
            ("to zhang.san+x@example.com.", "to ***"),
            ("19900001234@example.com", "***"),
            ("hint: [1700000000123456789012]", "hint: [1700000000123456789012]"),
            ("联系 19900001234 或 a@b.example", "联系 *** 或 ***"),
            ("a @ b", "a @ b"),
            ("19900001234@b.c@d.e", "***"),
            ("id 410983932389440", "id 410983932389440"),
            ("199-0000-1234, +86 199 0000 1234", "***, +86 ***"),
            (
                "199.0000.1234 is none of 199.0.0.1, 2024-0101-0101",
                "*** is none of 199.0.0.1, 2024-0101-0101",
            ),
            ("199-0000-12345 and 1199-0000-1234", "199-0000-12345 and 1199-0000-1234"),
            ("ZHANG.SAN@EXAMPLE.COM", "***"),
            ("（集团）电话１９９００００１２３４，晚上", "（集团）电话***，晚上"),
            ("abc@张三，请看v1.2", "abc@张三，请看v1.2"),
            ("ａ＠example.com", "***"),
            ("写给 a.b@例子.公司 吧", "写给 *** 吧"),
            ("@张三 你好", "@张三 你好"),
            ("写给：张三@example.com", "写给：***"),
            ("写给张三@example.com.", "***"),
            ("@example.com, 你好 @ example.com", "@example.com, 你好 @ example.com"),
            (
                "关注@小红书.官方 更新于@1.2版本 抖音@1.25",
                "关注@小红书.官方 更新于@1.2版本 抖音@1.25",
            ),
            ("套餐 1399-128-1024, 150*2000*3000", "套餐 1399-128-1024, 150*2000*3000"),
            ("（199）00001234，199．0000．1234", "（***，***"),
            ("0.16666666667 10.19900001234", "0.16666666667 10.***"),
            (
                "31e49178-e8c4-e575-57d4-15313915310a e557e186-7096-8301-ee9c-43bbd0504100 \
                 9f13900001234c0ffee0123456789abc",
                "31e49178-e8c4-e575-57d4-15313915310a e557e186-7096-8301-ee9c-43bbd0504100 \
                 9f13900001234c0ffee0123456789abc",
            ),
            ("31e49178-e8c4-e575-57d4-15313915310a1", "31e49178-e8c4-e575-57d4-***a1"),
            ("第１２条", "第１２条"),
            ("19900 001234, 199 - 0000 - 1234, 199_0000_1234", "***, ***, ***"),
            ("电话199•0000•1234", "电话***"),
            (
                "评分 1 5 4 5 5 5 4 3 5 5 5, 15 000 001 234",
                "评分 1 5 4 5 5 5 4 3 5 5 5, 15 000 001 234",
            ),
            (
                "预算15000-200000，15000_123456, 1990000_1234, 1500000 - 2024",
                "预算15000-200000，15000_123456, 1990000_1234, 1500000 - 2024",
            ),
            ("+852 9000 1234, call +1 (990) 000", "+***, call +1 (990) 000"),
            ("＋65 9000 1234，+1 (990) 000-1234，(+852)90001234", "＋***，+***，(+***"),
            ("00852 9000 1234, 0044 7700 900123.", "***, ***."),
            ("+65 9000 1234 +44 (0)20 7700 0123 tel+85290001234", "+*** +*** tel+***"),
            ("+65 9000 1234 2024-01-01 12:00", "+*** 2024-01-01 12:00"),
            (
                "UTC +8 2024-01-01 12:00, +2024-01-15 08:30, +39.916527 116.397128, +1.23456789012",
                "UTC +8 2024-01-01 12:00, +2024-01-15 08:30, +39.916527 116.397128, +1.23456789012",
            ),
            (
                "收入 +12345678.90元, +1000000000, +100000 -200000, 单号+20240131000123, 1+6590001234",
                "收入 +12345678.90元, +1000000000, +100000 -200000, 单号+20240131000123, 1+6590001234",
            ),
            ("身份证00000019900101123X，000000199001011230", "身份证***，000000199001011230"),
            ("000000199013011237", "000000199013011237"),
            ("0199-0000-1234, 019900001234, 1990000 1234, (199)00001234", "***, ***, ***, (***"),
            ("199–0000–1234 199\u{a0}0000\u{a0}1234", "*** ***"),
            ("1990\u{200b}0001234。", "***。"),
            ("1999-01-01 12 1990.12.31", "1999-01-01 12 1990.12.31"),
            ("user=zhang%40example.com&x=%40", "user=***&x=%40"),
        ] {
            assert_eq!(mask_personal(text), masked, "{text}");
        }
    }

    #[test]
    fn every_occurrence_of_a_secret_is_hidden() {
        let mut text = "token abcd1234, again abcd1234".to_owned();
        hide(&mut text, &["abcd1234", "x"]);
        assert_eq!(text, "token [hidden], again [hidden]");
        let mut query = "?secret=a%2Fb+c%3D&x=1 for a/b c=".to_owned();
        hide(&mut query, &["a/b c="]);
        assert_eq!(query, "?secret=[hidden]&x=1 for [hidden]");
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_percent_encoded() {
        let secret = "a/b c=%秘";
        for form in [
            "a/b c=%秘",
            "a%2Fb+c%3D%25%E7%A7%98",
            "a%2Fb%20c%3D%25%E7%A7%98",
            "a%2fb%20c%3d%25%e7%a7%98",
            "a/b%20c=%25秘",
            "%61%2F%62+c=%%E7%A7%98",
        ] {
            let mut text = format!("密<{form}>{form}%");
            hide(&mut text, &[secret]);
            assert_eq!(text, "密<[hidden]>[hidden]%", "{form}");
        }
        let mut text = "%%2 a%2Fb+ %E7%A7".to_owned();
        hide(&mut text, &[secret]);
        assert_eq!(text, "%%2 a%2Fb+ %E7%A7");
    }
}
