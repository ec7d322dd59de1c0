//! The part of Go's encoding/gob that a session cookie uses: one
//! `map[interface{}]interface{}` of strings to strings. Anything else is refused.
//!
//! The format is documented at <https://pkg.go.dev/encoding/gob>. A stream consists of two
//! messages, each preceded by its length: the definition of the map's type, under a number
//! chosen by the writing process, and the map itself. The reader does not recurse, checks
//! every length against the bytes that are present, and reads at most [`MAX_ENTRIES`] entries.

use std::collections::HashMap;

const MAX_ENTRIES: u64 = 16;
/// gob's predefined numbers of the types `string` and `interface{}`.
const STRING: i64 = 6;
const INTERFACE: i64 = 8;
/// The first number that a process assigns to a type of its own.
const FIRST_OWN_TYPE: i64 = 64;
/// gob's name for the concrete type of each key and value.
const STRING_NAME: &str = "string";

/// Reads the map. `None` if the bytes are anything else.
pub(super) fn read(bytes: &[u8]) -> Option<HashMap<&str, &str>> {
    let mut stream = Reader(bytes);
    let map_type = stream.message()?.map_definition()?;
    let mut map = stream.message()?;
    if !stream.0.is_empty() || map.integer()? != map_type || map.byte()? != 0 {
        return None;
    }
    let count = map.number()?;
    if count > MAX_ENTRIES {
        return None;
    }
    let mut entries = HashMap::new();
    for _ in 0..count {
        if entries.insert(map.boxed_text()?, map.boxed_text()?).is_some() {
            return None;
        }
    }
    map.0.is_empty().then_some(entries)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    /// An unsigned integer: one byte below 128, otherwise the negated count of the
    /// bytes that follow, which are big endian.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 128 {
            return Some(u64::from(first));
        }
        let count = first.wrapping_neg();
        if count > 8 {
            return None;
        }
        let bytes = self.take(u64::from(count))?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A signed integer: the lowest bit tells whether the other bits are complemented.
    fn integer(&mut self) -> Option<i64> {
        let number = self.number()?;
        let magnitude = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 1 { !magnitude } else { magnitude })
    }

    fn message(&mut self) -> Option<Self> {
        let length = self.number()?;
        self.take(length).map(Reader)
    }

    /// Reads the definition of `map[interface{}]interface{}`, to the last byte. Returns the
    /// type's number in this stream.
    ///
    /// A structure is a sequence of pairs: the step to the next field, and its value. It ends
    /// with a step of 0.
    fn map_definition(mut self) -> Option<i64> {
        let number = self.integer()?.checked_neg()?;
        let is_map = number >= FIRST_OWN_TYPE
            && self.byte()? == 4 // wireType.MapT
            && self.byte()? == 1 // mapType.CommonType
            && self.byte()? == 2 // CommonType.Id
            && self.integer()? == number
            && self.byte()? == 0
            && self.byte()? == 1 // mapType.Key
            && self.integer()? == INTERFACE
            && self.byte()? == 1 // mapType.Elem
            && self.integer()? == INTERFACE
            && self.byte()? == 0
            && self.byte()? == 0;
        (is_map && self.0.is_empty()).then_some(number)
    }

    /// A string in an interface: the name and the number of the concrete type, the length of
    /// the rest, a zero, and the string.
    fn boxed_text(&mut self) -> Option<&'a str> {
        if self.text()? != STRING_NAME || self.integer()? != STRING {
            return None;
        }
        let mut value = self.message()?;
        let text = (value.byte()? == 0).then(|| value.text()).flatten()?;
        value.0.is_empty().then_some(text)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }
}

/// Writes the map. `None` if it is larger than [`read`] accepts.
pub(super) fn write(entries: &[(&str, &str)]) -> Option<Vec<u8>> {
    let count = u64::try_from(entries.len()).ok().filter(|count| *count <= MAX_ENTRIES)?;

    let mut definition = Writer::default();
    definition.integer(-FIRST_OWN_TYPE);
    definition.0.extend([4, 1, 2]);
    definition.integer(FIRST_OWN_TYPE);
    definition.0.extend([0, 1]);
    definition.integer(INTERFACE);
    definition.0.push(1);
    definition.integer(INTERFACE);
    definition.0.extend([0, 0]);

    let mut map = Writer::default();
    map.integer(FIRST_OWN_TYPE);
    map.0.push(0);
    map.number(count);
    for (key, value) in entries {
        map.boxed_text(key);
        map.boxed_text(value);
    }

    let mut stream = Writer::default();
    stream.bytes(&definition.0);
    stream.bytes(&map.0);
    Some(stream.0)
}

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u64) {
        match u8::try_from(number) {
            Ok(small) if small < 128 => self.0.push(small),
            _ => {
                // `zeros` of the 8 bytes are leading zeros. The first byte is the negated
                // count of the others.
                let zeros = u8::try_from(number.leading_zeros() / 8).unwrap_or_default();
                self.0.push(8_u8.wrapping_neg() + zeros);
                self.0.extend(&number.to_be_bytes()[usize::from(zeros)..]);
            }
        }
    }

    fn integer(&mut self, integer: i64) {
        let shifted = integer.unsigned_abs() << 1;
        // !x is -x - 1: the complement of a negative number is its magnitude minus one.
        self.number(if integer < 0 { (shifted - 2) | 1 } else { shifted });
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn boxed_text(&mut self, text: &str) {
        self.bytes(STRING_NAME.as_bytes());
        self.integer(STRING);
        let mut value = Self(vec![0]);
        value.bytes(text.as_bytes());
        self.bytes(&value.0);
    }
}
