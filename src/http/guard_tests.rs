//! The address guard against every way we know to write a forbidden address. The way over real sockets is `tests/it/http_client`.

use super::*;

fn policy(allow: &[&str]) -> Policy {
    Policy::new(allow.iter().map(|net| net.parse().unwrap()).collect())
}

#[track_caller]
fn check(text: &str, policy: &Policy, permitted: bool) {
    let outcome = parse_address(text).and_then(|url| policy.check(&url));
    assert_eq!(outcome.is_ok(), permitted, "{text}: {outcome:?}");
}

#[test]
fn public_addresses_pass() {
    for text in [
        "https://example.com/reviews?page=2",
        "http://example.com:8080/",
        "http://93.184.215.14/",
        "http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "http://[64:ff9b::5db8:d70e]/",
        "https://münchen.example/",
        "http://localhost.example.com/",
    ] {
        check(text, &Policy::default(), true);
    }
}

#[test]
fn every_way_to_write_a_forbidden_address_is_refused() {
    for text in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0177.1/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://①②⑦.0.0.1/",
        "http://127。0。0。1/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1./",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://0.0.0.0/",
        "http://0/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://mail.localhost/",
        "http://127.0.0.1:80\\@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com@127.0.0.1/",
        "http://user:secret@example.com/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://10.1.2.3/",
        "http://172.31.255.255/",
        "http://192.168.0.1/",
        "http://198.19.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::1]/",
        "http://[2001::1]/",
        "http://[2001:db8::1]/",
        "http://[2002:7f00:1::]/",
        "http://[3fff::1]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "",
        "example.com",
        "http://exa\u{0}mple.com/",
        "http://example.com/\r\nX-Evil: 1",
    ] {
        check(text, &Policy::default(), false);
    }
}

#[test]
fn an_endless_address_is_refused() {
    check(&format!("http://example.com/{}", "a".repeat(10_000)), &Policy::default(), false);
}

#[test]
fn a_private_address_is_permitted_where_the_owner_lists_it() {
    let lan = policy(&["192.168.1.20/32", "fd00:1::/32"]);
    check("http://192.168.1.20/", &lan, true);
    check("http://[::ffff:192.168.1.20]/", &lan, true);
    check("http://[fd00:1::7]/", &lan, true);
    check("http://192.168.1.21/", &lan, false);
    check("http://127.0.0.1/", &lan, false);
    check("http://localhost/", &lan, false);
}

#[test]
fn localhost_is_the_loopback_address_that_is_listed() {
    check("http://localhost/", &policy(&["127.0.0.0/8"]), true);
    check("http://localhost/", &policy(&["::1/128"]), true);
    assert_eq!(policy(&["::1/128"]).loopback().collect::<Vec<_>>(), [IpAddr::from(Ipv6Addr::LOCALHOST)]);
}

#[test]
fn only_a_literal_inside_the_list_is_an_allowed_private_host() {
    let everything = policy(&["0.0.0.0/0", "::/0"]);
    let is = |policy: &Policy, text| policy.allowed_private_host(&Url::parse(text).unwrap());
    assert!(is(&everything, "http://127.0.0.1:8080/"));
    assert!(is(&everything, "http://localhost/"));
    assert!(is(&everything, "http://[::1]/"));
    assert!(!is(&everything, "http://93.184.215.14/"));
    assert!(!is(&everything, "http://ntfy.lan/"));
    assert!(!is(&Policy::default(), "http://127.0.0.1/"));
}

#[test]
fn a_refusal_says_the_way_out_and_not_the_address() {
    let error = |text| parse_address(text).and_then(|url| Policy::default().check(&url)).unwrap_err().to_string();
    assert_eq!(
        error("http://10.0.0.7/hook/s3cret?key=s3cret"),
        "the address is not allowed: 10.0.0.7 is private; if it is meant, add \"10.0.0.7/32\" to `allow_private` in [http]"
    );
    assert!(!error("http://me:s3cret@example.com/").contains("s3cret"));
}

struct Table(Vec<IpAddr>);

impl Names for Table {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let known = self.0.clone();
        Box::pin(async move { Ok(known) })
    }
}

async fn resolve(name: &str, answers: &[&str]) -> Result<Vec<String>, String> {
    let names = Arc::new(Table(answers.iter().map(|ip| ip.parse().unwrap()).collect()));
    let guarded = GuardedNames { policy: policy(&["127.0.0.2/32"]), names };
    match guarded.resolve(name.parse().unwrap()).await {
        Ok(found) => Ok(found.map(|address| address.ip().to_string()).collect()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn a_name_is_refused_if_any_of_its_addresses_is() {
    assert_eq!(resolve("shop.example", &["93.184.215.14"]).await.unwrap(), ["93.184.215.14"]);
    assert_eq!(resolve("shop.example", &["127.0.0.2"]).await.unwrap(), ["127.0.0.2"]);
    for hostile in ["127.0.0.1", "100.64.1.1", "64:ff9b::7f00:1", "::ffff:10.0.0.1", "fe80::1"] {
        assert!(resolve("shop.example", &[hostile]).await.is_err(), "{hostile}");
        assert!(resolve("shop.example", &["93.184.215.14", hostile]).await.is_err(), "mixed {hostile}");
    }
}

#[tokio::test]
async fn localhost_is_never_asked_of_the_name_service() {
    assert_eq!(resolve("localhost", &["93.184.215.14"]).await.unwrap(), Vec::<String>::new());
}
