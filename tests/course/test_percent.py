import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.course import copies, percent
from minimix.course.source import gapped, solved

LESSONS = [path.read_text(encoding="utf-8") for path in copies.files().values()]
SOURCES = st.text("ab#% \n=[]", max_size=30).map(lambda x: x + "\n").filter(lambda x: "# %%" not in x)


@pytest.mark.parametrize("text", [form(text) for text in LESSONS for form in (gapped, solved)])
def test_a_lesson_s_cells_make_the_same_text_again(text):
    found = percent.cells(text)
    assert percent.script(found) == text
    assert {cell["kind"] for cell in found} == {"code", "text"}


@given(st.lists(st.fixed_dictionaries({"kind": st.sampled_from(["code", "text"]), "source": SOURCES}), min_size=1))
def test_cells_survive_being_a_script(cells):
    assert percent.cells(percent.script(cells)) == cells


@pytest.mark.parametrize("text", LESSONS)
def test_code_is_python_and_text_is_text(text):
    for cell in percent.cells(text):
        if cell["kind"] == "code":
            assert ast.parse(cell["source"]).body
        else:
            assert not ast.parse(cell["source"]).body


def test_the_markdown_of_a_cell_has_no_comment_marks():
    assert percent.markdown("# # 1. A title\n#\n# - a\n#   b # c\n\n\n") == "# 1. A title\n\n- a\n  b # c"


def test_a_text_without_cells_is_refused():
    with pytest.raises(ValueError, match="a lesson begins with"):
        percent.cells("import numpy\n")
