//! What a file or an argument may hold to deceive who reads the answer.

use super::kit::Kit;

/// What a terminal would obey, or a reader be misled by.
const HIDDEN: [char; 6] = ['\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{202e}', '\u{200b}'];
/// All of it.
const EVIL: &str = "x\u{1b}]0;title\u{7}\u{1b}[2m\r\u{9b}2J\u{202e}\u{200b}y";

/// Whatever it is that is said, what is hidden in it is shown and does nothing.
#[test]
fn no_message_obeys_what_stands_in_a_file() {
    let kit = Kit::new();
    let name = format!("{EVIL}.csv");
    kit.write("evil.csv", format!("{EVIL},b\n{EVIL},1\n{EVIL}z,2\n"));
    let series = "2020-01-02,2\n2020-01-03,3\n2020-01-04,5\n";
    kit.write("series.csv", format!("day,{EVIL}\n{EVIL},1\n{series}"));
    kit.write("long.csv", format!("{EVIL}\n{}\n", "9".repeat(60)));
    kit.write(&name, "a\n1\n2\n");
    let written = "\"x\\u001B]0;title\\u0007\\u009B\\u202Ey\"";
    kit.write("key.toml", format!("{written} = 1\n"));
    kit.write("domain.toml", format!("domain = {written}\n[quick]\n"));
    let (set, option) = (format!("{EVIL}=1"), format!("--{EVIL}"));
    let value = format!("algorithm={EVIL}");
    let asked: &[&[&str]] = &[
        &["explain", "strings", "evil.csv"],
        &["explain", "strings", "evil.csv", "--details"],
        &["explain", "strings", "evil.csv", "--output", "markdown"],
        &["explain", "strings", "evil.csv", "--json"],
        &["explain", "strings", "evil.csv", "--output", "jsonl"],
        &["explain", "strings", "evil.csv", "--column", EVIL],
        &["explain", "strings", "evil.csv", "--column", "c"],
        &["explain", "strings", "long.csv", "--details"],
        &["explain", "strings", "evil.csv", &option],
        &["explain", "strings", &name],
        &["explain", "strings", EVIL],
        &["explain", "series", "series.csv"],
        &["explain", "series", "series.csv", "--json"],
        &["explain", "series", "evil.csv"],
        &["explain", "clusters", "evil.csv"],
        &["explain", "scenes", "evil.csv"],
        &["explain", EVIL],
        &["score", "strings", EVIL, "a"],
        &["score", "strings", "a+", EVIL],
        &[EVIL],
        &["train", "strings", "--set", &set, "--out", "run"],
        &["train", "strings", "--set", &value, "--out", "run"],
        &["train", "strings", "--config", "key.toml", "--out", "run"],
        &["train", EVIL],
        &["resume", EVIL],
        &["filter", EVIL, "evil.csv"],
        &["reproduce", EVIL],
        &["reproduce", "key.toml"],
        &["reproduce", "domain.toml"],
    ];
    for args in asked {
        let done = kit.command().args(*args).output().unwrap();
        assert!(!done.stdout.is_empty() || !done.stderr.is_empty());
        for bytes in [&done.stdout, &done.stderr] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(!text.contains(HIDDEN), "{args:?}: {text:?}");
        }
    }
}

/// Cells for other programs come back as they were.
#[test]
fn csv_has_cells_as_they_were() {
    let kit = Kit::new();
    kit.write("evil.csv", "na\u{202e}me\nab-1\nab-2\n");
    let told = kit.run("explain strings evil.csv --output csv").succeeds();
    assert!(told.out.contains("na\u{202e}me"), "{}", told.out);
    let json = kit.run("explain strings evil.csv --json").succeeds();
    assert_eq!(json.json()["answers"][0]["name"], "na\u{202e}me");
    assert!(json.out.contains("na\\u202eme"), "{}", json.out);
}

/// What is asked for beyond the machine is refused in a line, before it is taken; in a run that was begun elsewhere, too.
#[test]
fn what_needs_too_much_memory_names_the_setting() {
    let kit = Kit::new();
    for (asked, setting) in [
        ("strings --set sizes.guide=4096", "sizes.guide: 4096"),
        ("series --set hidden=4096", "hidden: 4096"),
        ("characters --set guide=4096", "guide: 4096"),
    ] {
        let train = format!("train {asked} --steps 1 --out run --max-memory 10M");
        kit.run(&train).refuses(&[setting, "--max-memory"]);
        assert!(!kit.path("run").exists(), "{asked}");
    }
    kit.run("train strings --steps 1 --out run").succeeds();
    let settings = std::fs::read_to_string(kit.path("run/config.toml")).unwrap();
    let wide = settings.replace("\nguide = 128\n", "\nguide = 4096\n");
    assert_ne!(settings, wide);
    kit.write("run/config.toml", wide);
    let resume = "resume run --steps 2 --max-memory 50M";
    kit.run(resume).refuses(&["sizes.guide", "--max-memory"]);
    // Weights that a file has are not drawn first; here they do not fit.
    kit.write("x.csv", "a\nb-1\nc-2\n");
    kit.run("explain run x.csv")
        .refuses(&["has shape", "sizes"]);
}

/// A link in a folder of somebody else's leads nowhere that the folder may name.
#[cfg(unix)]
#[test]
fn a_project_writes_nothing_through_a_link() {
    let kit = Kit::new();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), kit.path("link")).unwrap();
    kit.write("s.csv", "t,y\n1,2\n2,4\n3,5\n4,9\n");
    let project = "[explain.series]\nhtml = 'link/x.html'\n";
    kit.write("helmholtz.toml", project);
    kit.run("explain series s.csv")
        .refuses(&["explain.series.html"]);
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
    kit.write("helmholtz.toml", project.replace("link/", ""));
    kit.run("explain series s.csv").succeeds();
    assert!(kit.path("x.html").exists());
}
