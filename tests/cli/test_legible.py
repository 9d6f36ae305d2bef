import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.cli.legible import plain, write_legibly


@pytest.mark.parametrize(
    "text, written",
    [
        ("η·m̂/(√v̂ + ε) → Δw", "eta*m_hat/(sqrtv_hat + epsilon) -> Deltaw"),
        ("β_1ᵗ, x⁻¹, λₛ, ½ ‖g‖ ≤ ⟨d_s,d_a⟩…", "beta_1^t, x^-1, lambda_s, 1/2 ||g|| <= <d_s,d_a>..."),
        ("Łódź, Forêt, Müller, 漢", "?odz, Foret, Muller, ?"),
        ("mlp-\udcff.npz", "mlp-?.npz"),
    ],
)
def test_letters_become_what_one_types_for_them(text, written):
    assert plain(text) == written


@given(st.text(st.characters()))
def test_plain_text_is_ascii_and_ascii_stays(text):
    assert plain(text).isascii()
    ascii_alone = "".join(filter(str.isascii, text))
    assert plain(ascii_alone) == ascii_alone


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "cp1252", "latin-1", "utf-8", "utf-16", "shift_jis"])
def test_streams_keep_what_they_can_write(monkeypatch, encoding):
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding))
    write_legibly()
    for stream in (sys.stdout, sys.stderr):
        stream.write("γ² \udc80")
        stream.flush()
        written = stream.buffer.getvalue().decode(encoding)
        able = lambda letter: letter.encode(encoding, "replace").decode(encoding) == letter
        assert written == ("γ" if able("γ") else "gamma") + ("²" if able("²") else "^2") + " ?"


def test_a_stream_that_is_no_file_or_not_there_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)  # as under pythonw.exe
    write_legibly()
    sys.stdout.write("γ")
    assert sys.stdout.getvalue() == "γ"
