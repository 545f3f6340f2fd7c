//! `amends judge`, fixed to the letter: one line out for each line in, in order.

use serde_json::{Value, json};

use super::Home;

#[test]
fn each_line_gets_its_verdict_in_order() {
    let input = "{\"text\":\"Cold shower\",\"stars\":1}\n{\"text\":\"Lovely\",\"stars\":5,\"lang\":\"en\"}\n{\"text\":\"…\"}\n\
                 {\"stars\":9,\"scale\":[1,10],\"text\":\"bed bugs in our bed\"}\n";
    let lines = Home::new().run_with(&["judge"], input.as_bytes()).with(0).lines();
    for line in &lines {
        let mut keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["because", "language", "score", "severity", "topics", "verdict"]);
    }
    let verdicts: Vec<&str> = lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["negative", "positive", "unrated", "negative"]);
    assert_eq!(lines[0]["score"], json!(-1.0));
    assert_eq!(lines[1]["language"], "en");
    assert_eq!(lines[2]["score"], Value::Null);
    assert_eq!(lines[3]["severity"], "urgent");
    assert!(lines[3]["because"].as_array().unwrap().iter().any(|reason| reason.as_str().unwrap().contains("bed bug")));
}

#[test]
fn a_bad_line_gets_an_error_in_its_place_and_the_others_go_on() {
    let input = "{\"stars\":5}\nnot json\n\n[1]\n{\"stars\":3,\"scale\":[5,1]}\n{\"stars\":1}\n";
    let ended = Home::new().run_with(&["judge"], input.as_bytes()).with(1);
    let lines = ended.lines();
    assert_eq!(lines.len(), 6);
    for (line, expected) in lines.iter().zip(["positive", "", "", "", "", "negative"]) {
        match expected {
            "" => assert!(line["error"].is_string() && line.as_object().unwrap().len() == 1, "{line}"),
            verdict => assert_eq!(line["verdict"], verdict),
        }
    }
    assert!(!ended.out.contains("not json"), "a guest's words are not in an error");
}

#[test]
fn no_input_is_no_output_and_a_last_line_needs_no_end() {
    let home = Home::new();
    assert_eq!(home.run_with(&["judge"], b"").with(0).out, "");
    assert_eq!(home.run_with(&["judge"], b"{\"stars\":5}").with(0).lines().len(), 1);
}

#[test]
fn a_line_of_any_size_and_bytes_is_answered() {
    let home = Home::new();
    let huge = format!("{{\"text\":\"{}\",\"stars\":1}}\n{{\"stars\":5}}\n", "x".repeat(5_000_000));
    let lines = home.run_with(&["judge"], huge.as_bytes()).with(1).lines();
    assert!(lines[0]["error"].is_string());
    assert_eq!(lines[1]["verdict"], "positive");
    assert_eq!(home.run_with(&["judge"], b"{\"text\":\"\xff\xfe\"}\n").with(1).lines().len(), 1);
}

#[test]
fn several_jobs_answer_in_the_order_of_the_lines() {
    let texts = ["The room was dirty.", "Lovely stay!", "", "Das Zimmer war schmutzig.", "{bad"];
    let line = |at: usize| match texts[at % texts.len()] {
        "{bad" => "{bad\n".to_owned(),
        text => json!({ "text": format!("{text} {at}") }).to_string() + "\n",
    };
    let input: String = (0..3000).map(line).collect();
    let home = Home::new();
    let one = home.run_with(&["judge"], input.as_bytes()).with(1).out;
    let four = home.run_with(&["judge", "--jobs", "4"], input.as_bytes()).with(1).out;
    assert_eq!(one.lines().count(), 3000);
    assert!(one == four, "the same answers in the same order");
    home.run_with(&["judge", "--jobs", "0"], b"").with(2);
}

#[test]
fn who_types_line_by_line_is_answered_line_by_line() {
    use std::{
        io::{BufRead, BufReader, Write},
        process::{Command, Stdio},
    };
    for jobs in ["1", "2"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_amends"))
            .args(["judge", "--jobs", jobs])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        for stars in [1, 5, 1] {
            writeln!(input, "{{\"stars\":{stars}}}").unwrap();
            let answer = answers.next().unwrap().unwrap();
            assert!(answer.contains(if stars == 1 { "negative" } else { "positive" }), "{answer}");
        }
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}
