"""minimix step."""

from click.testing import CliRunner

from minimix.cli.step import step


def run(*arguments):
    return CliRunner().invoke(step, [str(a) for a in arguments])


def test_in_a_pipe_every_step_is_a_block():
    result = run("adam:lr=0.05", "sgd:lr=1e-3", "--steps", 2)
    assert result.exit_code == 0, result.output
    assert result.output.count("step 2 of 2") == 2
    assert "v_hat = v/(1 - b2^t)" in result.output


def test_it_writes_what_is_asked_for_and_nothing_else(tmp_path):
    files = [tmp_path / name for name in ("page.html", "terms.csv", "sheet.png")]
    result = run("mas:lr=1e-3", "--steps", 2, "--html", files[0], "--csv", files[1], "--png", files[2])
    assert result.exit_code == 0, result.output
    assert all(file.stat().st_size > 100 for file in files)
    assert "m_hat" not in result.output


def test_one_picture_a_step(tmp_path):
    run("sgd:lr=1e-3", "--steps", 2, "--png", tmp_path / "s{step}.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s1.png", "s2.png"]


def test_landscape_start_and_seed_are_handed_on():
    result = run("sgd:lr=0.1", "--on", "noisy", "--start", "-1,0.5", "--steps", 1, "--seed", 3)
    assert "on noisy" in result.output and "w = [-1, 0.5]" in result.output
    assert result.output != run("sgd:lr=0.1", "--on", "noisy", "--start", "-1,0.5", "--steps", 1).output


def test_a_start_that_is_not_two_numbers():
    result = run("sgd", "--start", "1;2")
    assert result.exit_code == 2 and "not two numbers X,Y" in result.output


def test_help_names_the_landscapes_and_the_grammar():
    result = run("--help")
    assert "staircase" in result.output and "file.py:f" in result.output and "frank-wolfe" in result.output
