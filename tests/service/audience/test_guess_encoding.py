"""Short lists of names in encodings that are no Unicode: read rightly, or asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.service.audience.contact_text import TextDecoder, encoding_named
from functions.service.audience.guess_encoding import guess_encoding
from functions.service.audience.import_policy import ContactFileError

CERTAIN = [
    ("cp1252", "Zoë Bakker|Daniël"),
    ("cp1252", "Søren Kjær|Åse"),
    ("cp1252", "Jürgen Groß|Köln"),
    ("cp1252", "Benoît Lefèvre|Hélène"),
    ("cp1252", "HÉLÈNE|FRANÇOIS"),
    ("cp1252", "Iñaki Núñez"),
    ("cp1252", "João Conceição"),
    ("cp1252", "Þórður Guðmundsson"),
    ("cp1252", "12 €|“so”|30 m²"),
    ("cp1252", "Müller|Søren|François|José"),
    ("cp1250", "Grażyna|Wałęsa|Poznań|Gdynia"),
    ("cp1250", "Dvořák|Žďár|Brno"),
    ("cp1250", "Žiga Šuštar|Kovačič"),
    ("cp1250", "Brăila|Iaşi|Timiş"),
    ("cp1251", "Дмитрий|Казань"),
    ("cp1251", "Олексій|Київ"),
    ("koi8_r", "Дмитрий|Казань|Ольга"),
    ("cp1253", "Γιώργος|Θεσσαλονίκη"),
    ("cp1257", "Jānis Bērziņš|Rīga"),
    ("mac_roman", "Zoë|Orléans|Jürgen"),
    ("cp932", "佐藤 花子|株式会社ミライ"),
    ("gb18030", "王小明|李娜"),
    ("big5", "陳美玲|王小明"),
]
ASKED = [
    ("cp1250", "Győző"),
    ("cp1250", "Toruń"),
    ("cp1254", "Işık|Eskişehir"),
    ("cp1255", "דוד"),
    ("cp949", "김민수"),
]


def content(encoding: str, names: str) -> bytes:
    lines = "".join(f"n{i}@example.com;{name}\n" for i, name in enumerate(names.split("|")))
    return f"email;name\n{lines}".encode(encoding)


@pytest.mark.parametrize(("encoding", "names"), CERTAIN)
def test_a_few_names_show_the_encoding(encoding: str, names: str) -> None:
    written = content(encoding, names)
    guess = guess_encoding(written)
    assert guess.is_certain
    assert written.decode(guess.encoding) == written.decode(encoding)


@pytest.mark.parametrize(("encoding", "names"), ASKED)
def test_too_few_names_are_asked_about_with_the_right_reading(encoding: str, names: str) -> None:
    """The question shows the text, so that people recognise their own."""
    decoder = TextDecoder()
    decoder.decode(content(encoding, names), final=True)
    question = decoder.question
    assert question is not None
    assert names.split("|")[0] in [it.label.split(", ")[0] for it in question.choices]
    assert names.split("|")[0] in question.message
    assert question.proposed == question.choices[0].value


def test_an_encoding_that_a_person_names_is_used_and_not_asked_about() -> None:
    decoder = TextDecoder("cp1250")
    assert "Toruń" in decoder.decode(content("cp1250", "Toruń"), final=True)
    assert decoder.question is None


def test_a_byte_order_mark_prevails_over_the_named_encoding() -> None:
    decoder = TextDecoder("cp1252")
    assert decoder.decode("\ufeffemail\nToruń".encode(), final=True) == "email\nToruń"
    assert decoder.encoding == "utf-8"


@given(sample=st.binary(max_size=60))
def test_any_bytes_get_a_guess(sample: bytes) -> None:
    """With readings that differ, each by its own encoding."""
    guess = guess_encoding(sample)
    encodings = [it.encoding for it in guess.readings]
    assert len(set(encodings)) == len(encodings) >= 1
    assert all(it.label.isprintable() for it in guess.readings)


@pytest.mark.parametrize(
    ("named", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ('"windows-1250"', "cp1250"),
        ("latin-1", "cp1252"),
        ("us-ascii", "utf-8"),
        ("x-mac-roman", "mac-roman"),
        ("Shift_JIS", "shift_jis"),
        ("euc-kr", "euc_kr"),
        ("utf-16", "utf-16"),
    ],
)
def test_encodings_have_many_names(named: str, encoding: str) -> None:
    assert encoding_named(named) == encoding


@pytest.mark.parametrize("named", ["", "klingon", "hex", "punycode", "rot13", "utf-7", "a\x00b"])
def test_what_is_no_encoding_of_text_is_refused(named: str) -> None:
    with pytest.raises(ContactFileError) as caught:
        encoding_named(named)
    assert (caught.value.code, caught.value.field) == ("encoding_unknown", "encoding")
