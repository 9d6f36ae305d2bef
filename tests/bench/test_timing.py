"""Times that can be compared, whatever the clock."""

import pytest

from minimix.bench import timing


@pytest.fixture(params=[1e-7, 0.016], ids=["fine", "coarse"])
def clock(request, monkeypatch):
    """A clock that a call of `spend` and each reading set on, and that is read in ticks, as a browser's is."""

    class Clock:
        now = 0.0

        def perf_counter(self):
            self.now += 1e-6
            return self.now // request.param * request.param

        def spend(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    timing._tick.cache_clear()
    yield clock
    timing._tick.cache_clear()


def test_a_short_call_is_timed_however_coarse_the_clock(clock):
    runs = [lambda: clock.spend(1e-5), lambda: clock.spend(3e-3)]
    short, long = timing.interleaved(runs, 3, seconds=0.02)
    assert short == pytest.approx(3 * [0.01], rel=0.2) and long == pytest.approx(3 * [3.0], rel=0.2)
