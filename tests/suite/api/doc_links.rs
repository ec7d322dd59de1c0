//! Links in the documents: each leads to a file, and to a heading in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The documents: of the project, and the pages of the book.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let in_folder = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    };
    in_folder(root.to_owned())
        .chain(in_folder(root.join("docs")))
        .chain(in_folder(root.join("data")))
        .collect()
}

/// The text outside of code blocks.
fn prose(document: &str) -> String {
    let mut is_code = false;
    let lines = document.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of Markdown links and images, and of HTML's `src` and `srcset`.
fn links(document: &str) -> BTreeSet<String> {
    let prose = prose(document);
    let after = |start: &'static str, end: char| {
        prose.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0.to_owned()))
    };
    after("](", ')').chain(after("src=\"", '"')).chain(after("srcset=\"", '"')).collect()
}

/// The anchors that GitHub and mdBook give to headings.
fn anchors(document: &str) -> BTreeSet<String> {
    let prose = prose(document);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.map(|char| if char == ' ' { '-' } else { char }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_in_it() {
    let documents = documents();
    assert!(documents.len() > 15, "{documents:?}");
    let mut broken = Vec::new();
    for path in &documents {
        let document = fs::read_to_string(path).unwrap();
        for link in links(&document) {
            if link.starts_with("https://") || link.starts_with("http://127.0.0.1") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target =
                if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let is_there = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A page of the book is read without the repository around it.
#[test]
fn pages_of_the_book_link_to_pages_of_the_book() {
    let pages: Vec<_> =
        documents().into_iter().filter(|path| path.parent().unwrap().ends_with("docs")).collect();
    let summary = fs::read_to_string(pages[0].with_file_name("SUMMARY.md")).unwrap();
    for page in &pages {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(
            name == "SUMMARY.md" || links(&summary).contains(name),
            "{name} is not in the book"
        );
        let document = fs::read_to_string(page).unwrap();
        let outside: Vec<_> =
            links(&document).into_iter().filter(|link| link.starts_with("../")).collect();
        assert!(outside.is_empty(), "{name}: {outside:?}");
    }
}
