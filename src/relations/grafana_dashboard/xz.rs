//! A file in the format xz whose content is stored, not compressed: all that a reader of it needs, in few lines.
//!
//! Source: the .xz file format, version 1.2.1: a stream of one block of LZMA2 chunks.

const CHUNK: usize = 1 << 16;
const CHECK_CRC32: [u8; 2] = [0, 1];

/// Wraps the bytes.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut file = b"\xfd7zXZ\0".to_vec();
    file.extend(CHECK_CRC32);
    file.extend(crc32(&CHECK_CRC32).to_le_bytes());
    let start = file.len();
    // The block's header: its size in words of four bytes less one, one filter, LZMA2 with a dictionary of 4 KiB, padding.
    let header = [2, 0, 0x21, 1, 0, 0, 0, 0];
    file.extend(header);
    file.extend(crc32(&header).to_le_bytes());
    let mut control = 1;
    for chunk in bytes.chunks(CHUNK) {
        let size = u16::try_from(chunk.len() - 1).unwrap_or(u16::MAX);
        file.push(control);
        file.extend(size.to_be_bytes());
        file.extend(chunk);
        control = 2;
    }
    file.push(0);
    let check = crc32(bytes).to_le_bytes();
    let unpadded = file.len() - start + check.len();
    pad(&mut file);
    file.extend(check);

    let start = file.len();
    file.extend([0, 1]);
    number(unpadded, &mut file);
    number(bytes.len(), &mut file);
    pad(&mut file);
    let crc = crc32(file.get(start..).unwrap_or_default());
    file.extend(crc.to_le_bytes());

    let words = u32::try_from((file.len() - start) / 4 - 1).unwrap_or(u32::MAX);
    let mut footer = words.to_le_bytes().to_vec();
    footer.extend(CHECK_CRC32);
    file.extend(crc32(&footer).to_le_bytes());
    file.extend(footer);
    file.extend(b"YZ");
    file
}

fn pad(file: &mut Vec<u8>) {
    file.resize(file.len().next_multiple_of(4), 0);
}

/// Seven bits a byte, the lowest first.
fn number(mut value: usize, file: &mut Vec<u8>) {
    while value > 0x7f {
        file.push(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    file.push(u8::try_from(value).unwrap_or_default());
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::base64::standard;
    use crate::relations::identity::hex;

    // Both were given to `xz -d`, which found the content and no fault.

    #[test]
    fn a_small_file() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        insta::assert_snapshot!(standard(&stored(b"hello")), @"/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fWAQAEaGVsbG8AAAAAhqYQNgABGQW86OzLkEKZDQEAAAAAAVla");
        insta::assert_snapshot!(standard(&stored(b"")), @"/Td6WFoAAAFpIt42AgAhAQAAAAA3J5fWAAAAAAAAAAAAAREAO5Zfc5BCmQ0BAAAAAAFZWg==");
    }

    #[test]
    fn a_file_of_several_chunks() {
        let file = stored(&vec![b'x'; 3 * CHUNK - 1]);
        let chunks: Vec<_> = (0..3).map(|chunk| hex(&file[24 + chunk * (CHUNK + 3)..][..3])).collect();
        assert_eq!(chunks, ["01ffff", "02ffff", "02fffe"]);
        insta::assert_snapshot!(hex(&file[file.len() - 32..]), @"00000000b674be78000199800cffff0b6b8c62b83e300d8b020000000001595a");
    }
}
