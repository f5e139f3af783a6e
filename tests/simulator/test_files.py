"""Files are read as far as a simulated model has to: words of text, and what a PDF draws."""

from __future__ import annotations

import base64
import zlib

import pytest

from lanewise.simulator.files import UnreadableError, words_of, words_of_url


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pdf(drawn: bytes, *, packed: bool) -> str:
    """The least of a PDF that holds a page's words."""
    stream = b"BT /F1 12 Tf 72 720 Td " + drawn + b" ET"
    head = b"<< /Filter /FlateDecode >>" if packed else b"<< >>"
    body = zlib.compress(stream) if packed else stream
    return encoded(b"%PDF-1.4\n1 0 obj\n" + head + b"\nstream\n" + body + b"\nendstream\nendobj\n%%EOF")


@pytest.mark.parametrize("packed", [False, True])
def test_a_pdf_says_what_it_draws(packed: bool) -> None:
    drawn = rb"(What is 17 * 23?) Tj 0 -14 Td (In \(whole\) numbers.) Tj"
    assert words_of("application/pdf", pdf(drawn, packed=packed)) == "What is 17 * 23?\nIn (whole) numbers."


def test_text_says_what_it_is() -> None:
    assert words_of_url(f"data:text/plain;base64,{encoded('Grüße'.encode())}") == "Grüße"


@pytest.mark.parametrize(
    "url", [None, "https://files.example/a.pdf", "data:application/pdf;base64,!", "data:application/pdf;base64,AAAA"]
)
def test_anything_else_is_unreadable(url: str | None) -> None:
    with pytest.raises(UnreadableError):
        words_of_url(url)


def test_a_type_that_no_model_reads_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="video/mp4 is not supported"):
        words_of("video/mp4", encoded(b"%PDF-"))
