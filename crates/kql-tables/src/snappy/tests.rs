use super::*;

/// Pseudo-random numbers; always the same ones (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }
}

/// Bytes of the kinds that compress differently: texts with repetitions near and far, runs, numbers, noise.
fn bytes(numbers: &mut Numbers) -> Vec<u8> {
    let length = [0, 1, 5, 60, 61, 70, 130, 300, 5000, 70_000, 200_000][numbers.below(11)];
    let length = numbers.below(length + 1);
    let mut bytes = Vec::with_capacity(length + 100);
    while bytes.len() < length {
        match numbers.below(6) {
            0 => bytes.extend_from_slice(b"{\"RecipientSmtpAddress\":\""),
            1 => bytes.extend(std::iter::repeat_n(numbers.below(256) as u8, 1 + numbers.below(90))),
            2 => bytes.extend((0..numbers.below(100)).map(|_| numbers.below(256) as u8)),
            3 => bytes.extend((numbers.below(3) as u64).to_le_bytes()),
            4 if !bytes.is_empty() => {
                let from = numbers.below(bytes.len());
                let to = bytes.len().min(from + 1 + numbers.below(80));
                bytes.extend_from_within(from..to);
            }
            _ => bytes.extend((0..numbers.below(30)).map(|_| b'a' + numbers.below(26) as u8)),
        }
    }
    bytes.truncate(length);
    bytes
}

fn alone(compressed: &[u8]) -> Result<Vec<u8>, BrokenSnappy> {
    let mut decompressed = vec![0; decompressed_length(compressed)?];
    decompress(compressed, &mut decompressed)?;
    Ok(decompressed)
}

fn both(first: &[u8], second: &[u8]) -> Result<[Vec<u8>; 2], BrokenSnappy> {
    let mut decompressed = [vec![0; decompressed_length(first)?], vec![0; decompressed_length(second)?]];
    let [of_first, of_second] = &mut decompressed;
    decompress_both((first, of_first), (second, of_second))?;
    Ok(decompressed)
}

#[test]
fn gives_what_was_compressed() {
    let mut numbers = Numbers(0x5EED_2026);
    let mut encoder = snap::raw::Encoder::new();
    for _ in 0..400 {
        let [first, second] = [bytes(&mut numbers), bytes(&mut numbers)];
        let compressed = [&first, &second].map(|bytes| encoder.compress_vec(bytes).unwrap());
        assert_eq!(alone(&compressed[0]).as_ref(), Ok(&first));
        assert_eq!(both(&compressed[0], &compressed[1]), Ok([first, second]));
    }
}

#[test]
fn takes_and_refuses_what_another_decoder_does() {
    let mut numbers = Numbers(0xBAD_5EED);
    let mut encoder = snap::raw::Encoder::new();
    let sound = bytes(&mut numbers);
    let sound_compressed = encoder.compress_vec(&sound).unwrap();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..3000 {
        let mut compressed = encoder.compress_vec(&bytes(&mut numbers)).unwrap();
        for _ in 0..=numbers.below(4) {
            let place = numbers.below(compressed.len());
            match numbers.below(4) {
                0 => compressed.truncate(place.max(1)),
                1 => compressed.extend_from_slice(&[numbers.below(256) as u8; 3][..numbers.below(4)]),
                _ => compressed[place] = numbers.below(256) as u8,
            }
        }
        let expected = snap::raw::Decoder::new().decompress_vec(&compressed);
        let found = alone(&compressed);
        let after = both(&compressed, &sound_compressed);
        let before = both(&sound_compressed, &compressed);
        match expected {
            Ok(expected) => {
                taken += 1;
                assert_eq!(found.as_ref(), Ok(&expected));
                assert_eq!(after, Ok([expected.clone(), sound.clone()]));
                assert_eq!(before, Ok([sound.clone(), expected]));
            }
            Err(_) => {
                refused += 1;
                assert_eq!((found, after, before), (Err(BrokenSnappy), Err(BrokenSnappy), Err(BrokenSnappy)));
            }
        }
    }
    assert!(taken > 300 && refused > 300, "{taken} taken, {refused} refused");
}

#[test]
fn rare_elements_are_known() {
    // A literal whose length takes two bytes, a copy with an offset of four bytes, one that overlaps itself.
    let mut compressed = vec![0xb8, 0x02, 61 << 2, 0xff, 0x00];
    compressed.extend((0..=255_u8).cycle().take(256));
    compressed.extend([(39 << 2) | 3, 0x00, 0x01, 0x00, 0x00]);
    compressed.extend([(15 << 2) | 2, 0x01, 0x00]);
    let mut expected: Vec<u8> = (0..=255).collect();
    expected.extend(0..40);
    expected.extend([39; 16]);
    assert_eq!(alone(&compressed), Ok(expected));
}

#[test]
fn a_length_that_cannot_be_takes_no_memory() {
    assert_eq!(decompressed_length(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]), Err(BrokenSnappy));
    assert_eq!(decompressed_length(&[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]), Err(BrokenSnappy));
    assert_eq!((decompressed_length(&[]), decompressed_length(&[0])), (Err(BrokenSnappy), Ok(0)));
    assert_eq!(decompress(&[1, 0, b'a'], &mut [0; 2]), Err(BrokenSnappy));
}
