//! Decompressing two pages of 2 MB of dynamic texts, as Parquet has them: by the crate `snap`, by our own decoder one after
//! the other, and both at once. The memory is used again, as a scan does.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up is to stop")]

use std::fmt::Write as _;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use kql_tables::snappy::{decompress, decompress_both};

fn main() {
    divan::main();
}

const PAGE_BYTES: usize = 2 << 20;

/// Two pages, each with its texts behind their lengths.
static PAGES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    [1_u32, 2].map(|seed| {
        let mut random = seed;
        let mut next = |end: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % end
        };
        let mut page = Vec::with_capacity(PAGE_BYTES + 1000);
        while page.len() < PAGE_BYTES {
            let mut text = String::from("[");
            for element in 0..=next(4) {
                let comma = if element == 0 { "" } else { "," };
                let (name, domain, id) = (next(20_000), next(300), next(u32::MAX));
                write!(
                    text,
                    "{comma}{{\"RecipientSmtpAddress\":\"user{name}@domain{domain}.example\",\
                     \"RecipientDisplayName\":\"User {name}\",\"RecipientObjectId\":\"{id:08x}-0000-4000-8000\",\
                     \"RecipientType\":\"User\"}}"
                )
                .expect("writing to a string");
            }
            text.push(']');
            page.extend((text.len() as u32).to_le_bytes());
            page.extend(text.as_bytes());
        }
        page.truncate(PAGE_BYTES);
        snap::raw::Encoder::new().compress_vec(&page).expect("compressing")
    })
});

/// Runs on both pages.
fn measure(bencher: Bencher<'_, '_>, mut run: impl FnMut(&[Vec<u8>; 2], &mut [Vec<u8>; 2])) {
    let mut decompressed = [vec![0; PAGE_BYTES], vec![0; PAGE_BYTES]];
    bencher.counter(BytesCount::new(2 * PAGE_BYTES)).bench_local(|| run(&PAGES, &mut decompressed));
}

#[divan::bench]
fn crate_snap(bencher: Bencher<'_, '_>) {
    measure(bencher, |pages, decompressed| {
        for (page, decompressed) in pages.iter().zip(decompressed) {
            snap::raw::Decoder::new().decompress(page, decompressed).expect("a sound page");
        }
    });
}

#[divan::bench]
fn one_after_the_other(bencher: Bencher<'_, '_>) {
    measure(bencher, |pages, decompressed| {
        for (page, decompressed) in pages.iter().zip(decompressed) {
            decompress(page, decompressed).expect("a sound page");
        }
    });
}

#[divan::bench]
fn both_at_once(bencher: Bencher<'_, '_>) {
    measure(bencher, |[first, second], [of_first, of_second]| {
        decompress_both((first, of_first), (second, of_second)).expect("sound pages");
    });
}
