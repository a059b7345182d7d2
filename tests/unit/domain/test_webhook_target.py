import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.errors import ForbiddenTarget
from ocrcore.domain.webhook_target import Target, is_public, target_of

PUBLIC = ["198.41.0.4", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::200e"]
PRIVATE = [
    *("0.0.0.1", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
    *("169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd00:ec2::254"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "5f00::1", "", "localhost", "127.1", "0x7f000001"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_other_address_is(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=6, network="::/3"))
def test_nothing_in_the_lowest_eighth_of_ipv6_is_public(address: object) -> None:
    """All embeddings of IPv4 but 6to4 and Teredo are there: mapped, compatible, translated."""
    assert not is_public(str(address))


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("https", "example.org", 443, "/")),
        ("https://example.org/", Target("https", "example.org", 443, "/")),
        ("HTTPS://Example.ORG/A?b=c%20d", Target("https", "example.org", 443, "/A?b=c%20d")),
        ("https://example.org?x", Target("https", "example.org", 443, "/?x")),
        ("https://example.org:8443/x", Target("https", "example.org", 8443, "/x")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://a_b.example/", Target("https", "a_b.example", 443, "/")),
        ("https://198.41.0.4/", Target("https", "198.41.0.4", 443, "/")),
        ("https://[2606:4700::1]:443/", Target("https", "2606:4700::1", 443, "/")),
    ],
)
def test_a_url_leads_to_its_target(url: str, target: Target) -> None:
    assert target_of(url, allow_private=False) == target


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        (Target("https", "example.org", 443, "/"), "example.org"),
        (Target("https", "example.org", 8443, "/"), "example.org:8443"),
        (Target("http", "example.org", 80, "/"), "example.org"),
        (Target("http", "example.org", 443, "/"), "example.org:443"),
        (Target("https", "2606:4700::1", 443, "/"), "[2606:4700::1]"),
    ],
)
def test_the_host_header_names_host_and_port(target: Target, authority: str) -> None:
    assert target.authority == authority


ODD = [
    *("", "example.org", "//example.org", "ftp://example.org", "file:///etc/passwd", "gopher://example.org/", "https:"),
    *(
        "https://",
        "https:///x",
        "https://:443/",
        "https://user@example.org/",
        "https://u:p@example.org/",
        "https://@x.y/",
    ),
    *("https://example.org#f", "https://exa mple.org/", "https://example.org/\r\nx: y", "https://example.org/\x00"),
    *("https://example.org\\@127.0.0.1/", "https://127.0.0.1\\.example.org/", "https://exämple.org/", "https://。/"),
    *("https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://example.org./", "https://.example.org/", "https://a..b/"),
    *("https://-a.example/", "https://a-.example/", f"https://{'a' * 64}.example/", f"https://{'a.' * 130}example/"),
    *("https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://2130706433/", "https://127.1/"),
    *(
        "https://127.0.1/",
        "https://0/",
        "https://00.0.0.0/",
        "https://127.0.0.1./",
        "https://1.2.3.4.5/",
        "https://0x/",
    ),
    *("https://127.0.0.08/", "https://example.0x1/", "https://[::1]/", "https://[::]/", "https://[::ffff:8.8.8.8]/"),
    *("https://[64:ff9b::808:808]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[2002:a00:1::]/"),
    *("https://[2606:4700::1/", "https://2606:4700::1/", "https://[2606:4700::1]x/", "https://[example.org]/"),
    *("https://[v1.x]/", "https://[198.41.0.4]/", "https://example.org:0/", "https://example.org:22/"),
    *("https://example.org:65536/", "https://example.org:-1/", "https://example.org:x/", "https://example.org:+443/"),
    *("https://example.org:443:443/", "https://example.org:٤٤٣/", "https://127.0.0.1/", "https://169.254.169.254/"),
    *(
        "https://%31%32%37.0.0.1/",
        "https://example.org/" + "x" * 2000,
        "http://example.org/",
        "https://example.org:80/",
    ),
]


@pytest.mark.parametrize("url", ODD)
def test_an_odd_url_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        target_of(url, allow_private=False)
    assert str(caught.value).endswith((".", "..."))


@given(st.text())
def test_any_text_is_a_target_or_refused(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            target = target_of(url, allow_private=False)
        except ForbiddenTarget:
            continue
        assert target.scheme == "https"
        assert target.path.startswith("/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/", "https://10.0.0.1:22/", "https://[::1]/"]
)
def test_with_leave_private_addresses_and_http_are_targets(url: str) -> None:
    assert target_of(url, allow_private=True).path in {"/", "/x"}
    with pytest.raises(ForbiddenTarget):
        target_of(url.replace("localhost", "127.0.0.1"), allow_private=False)


@pytest.mark.parametrize(
    "url", ["ftp://10.0.0.1/", "http://u@10.0.0.1/", "http://0x7f.1/", "http://10.0.0.1:0/", "http://a./"]
)
def test_even_with_leave_odd_urls_are_refused(url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        target_of(url, allow_private=True)
