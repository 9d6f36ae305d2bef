import contextlib
import sys
import tracemalloc

import numpy as np
import pytest

from minimix import Tensor, cross_entropy, nn, optim
from minimix.backend import to_host, using
from minimix.data import Dataset
from minimix.training import evaluate, train
from tests import small, strict


def run(rule, backend="numpy", **settings):
    settings = {"epochs": 3, "batch_size": 16, "record": 2, "rng": np.random.default_rng(0)} | settings
    with using(backend):
        model = small.network()
        trial = train(model, optim.Optimizer(model, rule), small.dataset(), **settings)
        return trial, [to_host(p.data) for p in model.parameters()]


def test_training_learns_and_records_evenly():
    trial, _ = run(optim.SGD(0.5), epochs=20)
    assert trial.epoch == [k / 2 for k in range(1, 41)]
    assert len(trial.train_loss) == len(trial.val_loss) == len(trial.val_accuracy) == 40
    assert trial.val_accuracy[-1] > 0.95 and trial.val_loss[-1] < trial.val_loss[0] / 3
    assert trial.seconds_per_epoch > 0 and trial.stopped is None


def test_the_training_loss_is_the_mean_over_the_batches_since_the_last_recording():
    data, model = small.dataset(), small.network()
    frozen = optim.Optimizer(model, optim.Freeze())
    trial = train(model, frozen, data, epochs=1, batch_size=10, record=3, rng=np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(60).reshape(3, 20)
    expected = [evaluate(model, data.x_train[batches], data.y_train[batches])[0] for batches in order]
    assert trial.train_loss == pytest.approx(expected, rel=1e-5)


def test_evaluation_counts_in_blocks_and_switches_dropout_off():
    model, data = small.network(), small.dataset(60, 1203)
    model.layers.insert(1, nn.Dropout(0.9, np.random.default_rng(0)))
    loss, accuracy = evaluate(model, data.x_test, data.y_test)
    z = model.eval()(Tensor(data.x_test)).data.astype("float64")
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    assert loss == pytest.approx(-log_p[np.arange(1203), data.y_test].mean(), rel=1e-5)
    assert accuracy == pytest.approx((z.argmax(1) == data.y_test).mean())


def test_the_same_seed_gives_the_same_run_bit_for_bit():
    (a, wa), (b, wb) = run(optim.MAS(0.05)), run(optim.MAS(0.05))
    assert a.train_loss == b.train_loss and a.val_loss == b.val_loss
    assert all((x == y).all() for x, y in zip(wa, wb, strict=True))
    c, _ = run(optim.MAS(0.05), rng=np.random.default_rng(1))
    assert c.train_loss != a.train_loss


def test_an_epoch_on_the_strict_module_equals_numpy_and_reads_only_to_record():
    a, wa = run(optim.Adam(0.05))
    strict.reset()
    b, wb = run(optim.Adam(0.05), "strict")
    assert np.allclose(a.val_loss, b.val_loss, rtol=1e-5)
    assert all(np.allclose(x, y, rtol=1e-4, atol=1e-6) for x, y in zip(wa, wb, strict=True))
    recordings, reads_each = len(b.epoch), 3  # training loss, validation loss, correct answers
    assert strict.host_reads <= recordings * reads_each + len(wb)


def test_a_loss_that_is_not_finite_stops_and_keeps_what_was_recorded():
    with np.errstate(all="ignore"):
        trial, _ = run(optim.SGD(1e30), epochs=10)
    assert 1 <= len(trial.epoch) < 20
    assert "no longer finite at epoch" in trial.stopped and "smaller learning rate" in trial.stopped


def test_more_recordings_than_batches_is_refused():
    with pytest.raises(ValueError, match="record must be 1 to 4, the number of batches in an epoch, got 5"):
        run(optim.SGD(), record=5)


def test_ten_thousand_steps_hold_the_memory_flat():
    model, data = small.network(), small.dataset()
    optimizer = optim.Optimizer(model, optim.MAS(1e-3))
    x, y = data.x_train[:4], data.y_train[:4]

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad()
            cross_entropy(model(Tensor(x)), y).backward()
            optimizer.step()
        return tracemalloc.get_traced_memory()

    def flat():
        tracemalloc.start()
        try:
            before, peak = steps(1_000)  # the interpreter's own caches are full by then
            after, later_peak = steps(9_000)
        finally:
            tracemalloc.stop()
        least = 9_000 * sys.getsizeof(object())  # what a leak of the smallest object a step would be
        return after - before < least / 4 and later_peak - peak < least / 4

    assert any(flat() for _ in range(3))  # a leak grows every time, what the test runner's thread receives does not


def line(n=1203):
    x = np.linspace(-1, 1, n, dtype="float32")[:, None]
    return Dataset("line", x, 2 * x + 1, x, 2 * x + 1)


def test_regression_has_a_loss_and_no_accuracy():
    model = nn.Sequential(nn.Dense(1, 1, np.random.default_rng(0)))
    data, rng = line(), np.random.default_rng(0)
    trial = train(model, optim.Optimizer(model, optim.SGD(0.3)), data, epochs=3, batch_size=50, rng=rng, loss="mse")
    assert trial.val_accuracy == [None] * 3 and trial.val_loss[-1] < 1e-5 and trial.stopped is None
    loss, accuracy = evaluate(model, data.x_test, data.y_test + 1, "mse")
    assert loss == pytest.approx(1, rel=1e-2) and accuracy is None


def test_labels_have_an_accuracy_whatever_the_loss_but_not_without_a_number_a_class():
    data, model = small.dataset(), small.network()
    own = lambda output, labels: cross_entropy(2 * output, labels)
    assert evaluate(model, data.x_test, data.y_test, own)[1] == evaluate(model, data.x_test, data.y_test)[1]
    single = nn.Sequential(nn.Flatten(), nn.Dense(16, 1, np.random.default_rng(0)))
    assert evaluate(single, data.x_test, data.y_test, lambda output, labels: (output * output).mean())[1] is None


@pytest.mark.parametrize("axes", [(), (1,), (1, 1)])
def test_a_loss_of_one_s_own_may_have_axes_of_length_one(axes):
    model = small.network()
    own = lambda output, labels: cross_entropy(output, labels).reshape(*axes) if axes else cross_entropy(output, labels)
    settings = {"epochs": 1, "batch_size": 16, "rng": np.random.default_rng(0), "loss": own}
    trial = train(model, optim.Optimizer(model, optim.SGD(0.5)), small.dataset(), **settings)
    assert trial.train_loss == run(optim.SGD(0.5), epochs=1, record=1)[0].train_loss


def test_an_own_loss_in_a_file_trains_on_the_strict_module_too(tmp_path):
    (tmp_path / "my.py").write_text("def loss(output, target):\n    return ((output - target) ** 2).mean()\n")
    found = []
    for backend, loss in (("numpy", "mse"), ("strict", f"{tmp_path / 'my.py'}:loss")):
        with using(backend):
            model = nn.Sequential(nn.Dense(1, 1, np.random.default_rng(0)))
            optimizer, rng = optim.Optimizer(model, optim.Adam(0.1)), np.random.default_rng(0)
            found.append(train(model, optimizer, line(), epochs=2, batch_size=100, rng=rng, loss=loss).val_loss)
    assert np.allclose(*found, rtol=1e-4)


@pytest.mark.parametrize("fails", [False, True])
def test_evaluation_leaves_every_mode_as_it_was_even_where_it_fails(fails):
    data, model = small.dataset(), small.network()
    model.layers.insert(1, nn.Dropout(0.9, 0))
    model.layers.append(nn.Sequential(nn.Dropout(0.9, 0)))

    def loss(output, target):
        assert not any(module.training for _, module in model.named_modules())
        if fails:
            raise ArithmeticError("as it was told to")
        return cross_entropy(output, target)

    for training in (True, False):
        model.train(training)[1].training = True
        modes = [module.training for _, module in model.named_modules()]
        with contextlib.suppress(ArithmeticError):
            evaluate(model, data.x_test, data.y_test, loss)
        assert [module.training for _, module in model.named_modules()] == modes


@pytest.mark.parametrize("n", [29, 31])
def test_labels_that_are_too_few_or_too_many_are_told(n):
    data = small.dataset(60, 31)
    with pytest.raises(ValueError, match=f"x has 30 samples, but y has {n}"):
        evaluate(small.network(), data.x_test[:30], data.y_test[:n])


def test_what_is_evaluated_may_be_lists_and_tensors():
    net, x, y = small.network(), *(lambda data: (data.x_test, data.y_test))(small.dataset(60, 30))
    expected = evaluate(net, x, y)
    for given in ((x.tolist(), y.tolist()), (Tensor(x), Tensor(y)), (x, Tensor(y))):
        assert evaluate(net, *given) == expected


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ((None, [[1.0]], [0]), TypeError, "evaluate takes a model, a Module as .* got None"),
        ((small.network, [[1.0]], [0]), TypeError, "evaluate takes a model, a Module as"),
        ((small.network(), [], []), ValueError, r"one or more, got \[\] and array\(\[\]"),
        ((small.network(), 5, 5), ValueError, r"one or more, got 5 and array\(5\)"),
        ((small.network(), [[1.0]], None), ValueError, r"one or more, got \[\[1.0\]\] and array\(None"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_a_sentence(given, error, sentence):
    with pytest.raises(error, match=sentence):
        evaluate(*given)


def test_training_takes_a_seed_and_says_what_else_it_takes():
    net, data = small.network(), small.dataset(60, 30)
    optimizer = optim.Optimizer(net, optim.SGD(0.01))
    trials = []
    for rng in (3, np.random.default_rng(3)):
        net = small.network()
        optimizer = optim.Optimizer(net, optim.SGD(0.01))
        trials.append(train(net, optimizer, data, epochs=1, batch_size=20, rng=rng))
    assert trials[0].val_loss == trials[1].val_loss
    for given, sentence in (
        ((None, optimizer, data), "train takes a model, a Module as .* got None"),
        ((net, optimizer.rule, data), r"an Optimizer, as Optimizer\(model, rule\), got a value of type SGD"),
        ((net, optimizer, (data.x_test, data.y_test)), r"a Dataset, as data.from_arrays\(\(x, y\)\) makes one, got"),
    ):
        with pytest.raises(TypeError, match=sentence):
            train(*given, epochs=1, batch_size=20, rng=0)
    with pytest.raises(ValueError, match="epochs must be a whole number of at least 1, not 0"):
        train(net, optimizer, data, epochs=0, batch_size=20, rng=0)
