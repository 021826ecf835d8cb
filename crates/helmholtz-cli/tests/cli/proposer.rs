//! Programs that another process proposes.

use crate::kit::Kit;

/// A command that keeps what it is asked, and answers with some lines.
fn command(kit: &Kit, name: &str, lines: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let script = format!("#!/bin/sh\ncat > {name}.asked\nprintf '%s\\n' {lines}\n");
    kit.write(name, script);
    let path = kit.path(name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("./{name}")
}

#[test]
fn what_a_command_proposes_is_ranked_and_what_is_no_program_is_told() {
    let kit = Kit::new();
    kit.write("codes.txt", "AX-12-Q\nAX-77-Q\nAX-05-Q\nAX-31-Q\nAX-48-Q\n");
    let proposer = command(&kit, "propose", r"'AX-\d\d-Q' '(((' ''");
    let told = kit.run(&format!(
        "explain strings codes.txt --json --proposer {proposer}"
    ));
    let told = told.succeeds();
    let one = &told.answers()[0];
    assert_eq!(one["programs"][0]["regex"], "AX-[0-9]{2}-Q");
    assert_eq!(one["left_out"][0]["what"], "lines of the proposer");
    assert_eq!(one["left_out"][0]["count"], 1);
    let asked = std::fs::read_to_string(kit.path("propose.asked")).unwrap();
    assert!(asked.contains("AX-31-Q"), "{asked}");
    kit.run("explain strings codes.txt --proposer false")
        .refuses(&["proposer", "`false`", "failed"]);
}

#[test]
fn kernels_can_be_proposed_too() {
    let kit = Kit::new();
    let values: Vec<String> = (0..24).map(|i| format!("{}", (i * 7) % 11)).collect();
    kit.write("s.csv", format!("v\n{}\n", values.join("\n")));
    let proposer = command(&kit, "kernels", "WN 'SE + WN' nothing");
    let told = kit.run(&format!(
        "explain series s.csv --json --proposer {proposer}"
    ));
    let told = told.succeeds();
    assert_eq!(told.answers()[0]["left_out"][0]["count"], 1);
}
