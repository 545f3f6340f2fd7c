//! robots.txt by table: the examples of RFC 9309, and files as careless and hostile sites write them.

use super::*;

#[track_caller]
fn check(robots: &str, path: &str, allowed: bool) {
    let url = Url::parse(&format!("https://shop.example{path}")).unwrap();
    assert_eq!(Robots::parse(robots.as_bytes()).allows(&url), allowed, "{path} under\n{robots}");
}

#[track_caller]
fn check_rules(rules: &str, path: &str, allowed: bool) {
    check(&format!("User-agent: *\n{rules}\n"), path, allowed);
}

#[track_caller]
fn check_delay(robots: &str, seconds: Option<f64>) {
    assert_eq!(Robots::parse(robots.as_bytes()).crawl_delay().map(|delay| delay.as_secs_f64()), seconds, "{robots}");
}

#[test]
fn a_file_that_says_nothing_allows_everything() {
    for robots in ["", "\n\n", "# nothing", "<!doctype html><p>Disallow: /", "Disallow: /", "User-agent: *\nDisallow:"]
    {
        check(robots, "/reviews", true);
    }
    assert_eq!(Robots::parse(b""), Robots::allow_all());
}

#[test]
fn the_group_that_names_us_wins_over_the_one_for_everybody() {
    let robots = "User-agent: *\nDisallow: /\n\nUser-agent: AMENDS/2.0\nAllow: /\n";
    check(robots, "/reviews", true);
    check("User-agent: amends\nDisallow: /\n\nUser-agent: *\nAllow: /", "/reviews", false);
    check("User-agent: amends\nDisallow:\n\nUser-agent: *\nDisallow: /", "/reviews", true);
    check("User-agent: amendsbot\nDisallow: /", "/reviews", true);
    check("User-agent: *bot\nDisallow: /", "/reviews", true);
}

#[test]
fn groups_for_the_same_agent_are_one() {
    let robots =
        "User-agent: amends\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\nUser-agent: amends\nDisallow: /b";
    check(robots, "/a", false);
    check(robots, "/b", false);
    check(robots, "/c", true);
}

#[test]
fn agents_listed_together_share_their_rules_also_across_other_lines() {
    check("User-agent: other\nUser-agent: amends\nDisallow: /a", "/a", false);
    check("User-agent: amends\nSitemap: https://x.example/s.xml\n\nUser-agent: other\nDisallow: /a", "/a", false);
    check("User-agent: amends\nDisallow: /a\nUnknown: x\nCrawl-delay: 2\nDisallow: /b", "/b", false);
}

#[test]
fn the_longest_pattern_wins_and_allow_wins_a_tie() {
    check_rules("Disallow: /shop\nAllow: /shop/reviews", "/shop/reviews/1", true);
    check_rules("Allow: /shop\nDisallow: /shop/reviews", "/shop/reviews/1", false);
    check_rules("Disallow: /page\nAllow: /page", "/page", true);
    check_rules("Allow: /page\nDisallow: /*.html", "/page.html", false);
    check_rules("Allow: /$\nDisallow: /", "/", true);
    check_rules("Allow: /$\nDisallow: /", "/page", false);
}

#[test]
fn stars_and_the_end_sign_match_as_the_rfc_says() {
    for (pattern, path, matches) in [
        ("/", "/", true),
        ("/fish", "/fish.html", true),
        ("/fish", "/Fish.asp", false),
        ("/fish/", "/fish", false),
        ("/fish*", "/fishheads/yummy.html", true),
        ("/*.php", "/folder/any.php.file.html", true),
        ("/*.php", "/", false),
        ("/*.php$", "/filename.php", true),
        ("/*.php$", "/filename.php?parameters", false),
        ("/*.php$", "/a.php/b.php", true),
        ("/fish*.php", "/fishheads/catfish.php?x", true),
        ("/a*b*c$", "/a-b-b-c", true),
        ("/a*b*c$", "/a-c-b", false),
        ("/a*a$", "/a", false),
        ("*", "/x", true),
        ("*$", "/x", true),
        ("/*?sort=", "/list?sort=new", true),
        ("/x$y", "/x$y", true),
        ("fish", "/fish", false),
    ] {
        check_rules(&format!("Disallow: {pattern}"), path, !matches);
    }
}

#[test]
fn octets_are_compared_in_one_encoding() {
    for (pattern, path, matches) in [
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84", true),
        ("/foo/bar/%e3%83%84", "/foo/bar/ツ", true),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
        ("/a%2fb", "/a/b", false),
        ("/a%2Fb", "/a%2fb", true),
        ("/file-with-a-%2A.html", "/file-with-a-*.html", true),
        ("/file-with-a-%2A.html", "/file-with-a-b.html", false),
        ("/foo/%24", "/foo/$", true),
        ("/100%", "/100%", true),
        ("/a b", "/a%20b", true),
    ] {
        check_rules(&format!("Disallow: {pattern}"), path, !matches);
    }
}

#[test]
fn careless_files_are_still_read() {
    check("\u{feff}User-agent: *\r\nDisallow: /a\r\n", "/a", false);
    check("user-AGENT:*\rDISALLOW:/a # keep out", "/a", false);
    check("User-agent:  *  \n\n\n  Disallow  :  /a  ", "/a", false);
    check("User-agent: * # all\nDisallow: /a", "/a", false);
    check("Disallow: /b\nUser-agent: *\nDisallow: /a", "/b", true);
}

#[test]
fn robots_txt_itself_may_always_be_read() {
    check_rules("Disallow: /", "/robots.txt", true);
}

#[test]
fn a_crawl_delay_is_believed_up_to_five_minutes() {
    check_delay("User-agent: *\nCrawl-delay: 2.5", Some(2.5));
    check_delay("User-agent: *\nCrawl-delay: 86400", Some(300.0));
    check_delay("User-agent: other\nCrawl-delay: 5\n\nUser-agent: amends\nDisallow: /", Some(5.0));
    check_delay("User-agent: *\nCrawl-delay: 5\nDisallow: /x\nUser-agent: amends\nAllow: /", None);
    for nonsense in ["-1", "0", "NaN", "soon", "", "1,5"] {
        check_delay(&format!("User-agent: *\nCrawl-delay: {nonsense}"), None);
    }
}

#[test]
fn what_lies_past_the_limit_is_not_read_nor_half_a_line() {
    let filler = "# filler\n".repeat(ROBOTS_BYTES_MAX / 9);
    check(&format!("User-agent: *\n{filler}\n{filler}Disallow: /"), "/a", true);
    let start = "User-agent: *\n";
    let cut_inside = format!("{start}{}\nDisallow: /private", "#".repeat(ROBOTS_BYTES_MAX - start.len() - 12));
    check(&cut_inside, "/a", true);
    check(&"x".repeat(2 * ROBOTS_BYTES_MAX), "/a", true);
}

#[test]
fn rubbish_is_survived() {
    let url = Url::parse("https://shop.example/a?b").unwrap();
    let mut seed = 7u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    })
    .take(100_000)
    .collect();
    let _ = Robots::parse(&noise).allows(&url);
    let _ = Robots::parse(&[b"User-agent: *\nDisallow: ".as_slice(), &noise].concat()).allows(&url);
    check("User-agent: *\nDisallow: /%", "/%", false);
    check("User-agent: *\nDisallow: /%e", "/x", true);
}

#[test]
fn stars_cannot_make_matching_slow() {
    let path = format!("/{}", "ab".repeat(4_000));
    check_rules(&format!("Disallow: {}", "*".repeat(1_000_000)), &path, true);
    check_rules(&format!("Disallow: {}", "*".repeat(400_000)), &path, false);
    check_rules(&format!("Disallow: {}c", "*a".repeat(200_000)), &path, true);
    check_rules(&"Disallow: /*a*b*a*b*a*b*a*b*c$\n".repeat(10_000), &path, true);
}

#[test]
fn a_file_that_is_not_about_us_takes_no_memory() {
    let robots = format!("User-agent: other\n{}", "Disallow: /a/b/c\n".repeat(20_000));
    assert!(Robots::parse(robots.as_bytes()).size_bytes() < 100);
}

/// The definition, word for word, and as slow as it reads.
fn matches_by_definition(pattern: &[u8], target: &[u8]) -> bool {
    match pattern {
        [] => true,
        b"$" => target.is_empty(),
        [b'*', rest @ ..] => (0..=target.len()).any(|at| matches_by_definition(rest, &target[at..])),
        [byte, rest @ ..] => target.first() == Some(byte) && matches_by_definition(rest, &target[1..]),
    }
}

proptest::proptest! {
    #[test]
    fn matching_agrees_with_the_definition(pattern in "/[ab*]{0,8}[$]?", target in "/[ab]{0,10}") {
        proptest::prop_assert_eq!(matches(&pattern, &target), matches_by_definition(pattern.as_bytes(), target.as_bytes()));
    }

    #[test]
    fn no_file_and_no_address_makes_it_fail(text in proptest::collection::vec(proptest::num::u8::ANY, 0..400), path in ".{0,40}") {
        let text = [b"User-agent: *\nDisallow: ".as_slice(), &text].concat();
        if let Ok(url) = Url::parse("https://shop.example/").unwrap().join(&path) {
            let _ = Robots::parse(&text).allows(&url);
        }
    }
}
