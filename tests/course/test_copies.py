import ast

from minimix.course import copies


def test_the_student_s_copy_has_gaps_and_no_notes(tmp_path):
    written, kept = copies.copy(tmp_path / "course")
    assert [path.name for path in written] == [path.name for path in copies.files().values()] and not kept
    for path in written:
        text = path.read_text(encoding="utf-8")
        ast.parse(text)
        assert "your code here" in text and "solution>" not in text


def test_the_teacher_s_copy_has_solutions_and_notes(tmp_path):
    written, _ = copies.copy(tmp_path, solutions=True)
    assert {path.suffix for path in written} == {".py", ".md"}
    for path in written:
        assert "your code here" not in path.read_text(encoding="utf-8")
        assert "solution>" not in path.read_text(encoding="utf-8")


def test_what_is_there_already_is_left_as_it_is(tmp_path):
    first = next(iter(copies.files().values())).name
    (tmp_path / first).write_text("my work")
    written, kept = copies.copy(tmp_path)
    assert (tmp_path / first).read_text() == "my work"
    assert [path.name for path in kept] == [first] and tmp_path / first not in written


def test_titles_are_the_first_headings():
    assert copies.title(copies.files()[1]) == "1. A derivative is a number you can check"
