"""The study's networks."""

import dataclasses
import itertools

import numpy as np
import pytest

import minimix as mm
from minimix import Tensor, models
from minimix.optim import SGD, Optimizer

SHAPES = {"mlp": (28, 28, 1), "cnn": (32, 32, 3), "cnn-fig1": (32, 32, 3)}


def layer_sizes(model):
    return [p.shape for name, p in model.named_parameters() if name.endswith("weight")]


def test_the_networks_have_the_studys_layers_and_numbers_of_parameters():
    built = {name: build() for name, build in models.MODELS.items()}
    assert {name: sum(p.size for p in model.parameters()) for name, model in built.items()} == {
        "mlp": 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10,  # 109,386
        "cnn": 580_350,
        "cnn-fig1": 2432 + 25_632 + 800 * 84 + 84 + 84 * 312 + 312 + 312 * 64 + 64 + 650,
    }
    assert layer_sizes(built["mlp"]) == [(128, 784), (64, 128), (10, 64)]
    assert layer_sizes(built["cnn"]) == [(32, 5, 5, 3), (64, 5, 5, 32), (312, 1600), (84, 312), (10, 84)]
    assert [name for name, _ in built["cnn"].children()] == [
        *("conv1", "pool1", "conv2", "pool2", "flatten1"),
        *("dense1", "dropout1", "relu1", "dense2", "dropout2", "relu2", "dense3"),
    ]
    assert "total" in built["cnn"].summary(32, 32, 3)
    assert built["cnn"].summary(32, 32, 3).endswith("580,350")


@pytest.mark.parametrize("name", models.MODELS)
def test_the_networks_give_ten_logits_an_image_and_a_gradient_to_every_parameter(name):
    model = models.MODELS[name](seed=0)
    images = np.random.default_rng(0).standard_normal((3, *SHAPES[name])).astype("float32")
    logits = model(Tensor(images))
    assert logits.shape == (3, 10)
    mm.cross_entropy(logits, np.array([0, 9, 4])).backward()
    for parameter_name, p in model.named_parameters():
        assert p.grad.shape == p.shape
        assert p.grad.any(), parameter_name
        assert np.isfinite(p.grad).all()


def test_the_mlp_takes_rows_too():
    images = np.random.default_rng(0).standard_normal((3, 28, 28, 1)).astype("float32")
    model = models.mlp()
    np.testing.assert_array_equal(model(Tensor(images)).numpy(), model(Tensor(images.reshape(3, 784))).numpy())


@pytest.mark.parametrize("name", models.MODELS)
def test_the_same_seed_gives_the_same_weights_and_masks(name):
    images = np.random.default_rng(0).standard_normal((2, *SHAPES[name])).astype("float32")
    one, same, other = (models.MODELS[name](seed=seed) for seed in (1, 1, 2))
    for _ in range(2):
        np.testing.assert_array_equal(one(Tensor(images)).numpy(), same(Tensor(images)).numpy())
    for p, q, r in zip(one.parameters(), same.parameters(), other.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        assert (p.data != r.data).any()
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(models.MODELS[name](generator).parameters()[0].data, one.parameters()[0].data)


def test_an_mlp_has_the_widths_that_it_is_given():
    model = models.mlp([784, 50, 10])
    assert layer_sizes(model) == [(50, 784), (10, 50)]
    assert [name for name, _ in model.named()] == ["flatten1", "dense1", "relu1", "dense2"]
    same = models.mlp((784, 50, 10), np.random.default_rng(0))
    assert np.array_equal(model[1].weight.data, same[1].weight.data)
    assert (models.mlp([784, 50, 10], seed=1)[1].weight.data != model[1].weight.data).any()
    study = (models.mlp(3), models.mlp(seed=3), models.mlp(np.random.default_rng(3)), models.mlp(models.SIZES, 3))
    assert len({m[1].weight.data.tobytes() for m in study}) == 1


@pytest.mark.parametrize(
    ("make", "error", "sentence"),
    [
        (lambda: models.mlp([784]), ValueError, r"mlp: sizes must be two or more widths, .* got \[784\]"),
        (lambda: models.mlp([784, 0, 10]), ValueError, r"mlp: sizes\[1\] must be an integer above 0, got 0"),
        (
            lambda: models.mlp(784, 50),
            TypeError,
            r"mlp takes its widths in a list, as mlp\(\[784, 50, 10\]\), and then",
        ),
        (lambda: models.mlp(784, 50, 10), TypeError, "mlp takes its widths in a list"),
        (lambda: models.mlp("784"), TypeError, "rng must be a numpy.random.Generator or an integer as its seed"),
        (lambda: models.cnn([784, 10]), TypeError, r"rng must be .* got \[784, 10\]"),
    ],
)
def test_what_is_neither_widths_nor_a_seed_is_refused(make, error, sentence):
    with pytest.raises(error, match=sentence):
        make()


def torch_twin(torch, name):
    """The network in PyTorch, images (n, channels, height, width), without dropout."""
    nn = torch.nn
    if name == "mlp":
        widths = [784, 128, 64, 10]
        return nn.Sequential(nn.Flatten(), *_dense(nn, widths))
    convolutions = [nn.Conv2d(3, 32, 5), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.MaxPool2d(2)]
    return nn.Sequential(*convolutions, nn.Flatten(), *_dense(nn, [1600, 312, 84, 10]))


def _dense(nn, widths):
    layers = []
    for fan_in, fan_out in itertools.pairwise(widths):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return layers[:-1]


def to_torch(torch, model):
    """The parameters in PyTorch's order of axes: it flattens (c, h, w), and kernels are (out, in, kh, kw)."""
    arrays = []
    for name, p in model.named_parameters():
        a = p.numpy().copy()
        if a.ndim == 4:
            a = a.transpose(0, 3, 1, 2)
        elif name == "dense1.weight" and a.shape[1] == 1600:
            a = a.reshape(-1, 5, 5, 64).transpose(0, 3, 1, 2).reshape(-1, 1600)
        arrays.append(torch.from_numpy(np.ascontiguousarray(a)))
    return arrays


@pytest.fixture
def threads(request):
    mm.set_threads(request.param)
    yield
    mm.set_threads(1)


@pytest.mark.parametrize("threads", [1, 2], indirect=True)
@pytest.mark.parametrize(("name", "momentum"), [("mlp", 0.0), ("mlp", 0.9), ("cnn", 0.0)])
def test_six_steps_of_sgd_have_the_losses_of_pytorch(name, momentum, threads):
    torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")
    model = models.MODELS[name](seed=0).eval()  # no dropout
    twin = torch_twin(torch, name)
    with torch.no_grad():
        for theirs, ours in zip(twin.parameters(), to_torch(torch, model), strict=True):
            theirs.copy_(ours)
    optimizer = Optimizer(model, SGD(0.05, momentum=momentum))
    their_optimizer = torch.optim.SGD(twin.parameters(), lr=0.05, momentum=momentum)
    rng = np.random.default_rng(0)
    for _ in range(6):
        images = rng.standard_normal((8, *SHAPES[name])).astype("float32")
        labels = rng.integers(0, 10, 8)
        optimizer.zero_grad()
        loss = mm.cross_entropy(model(Tensor(images)), labels)
        loss.backward()
        optimizer.step()
        their_optimizer.zero_grad()
        their_loss = torch.nn.functional.cross_entropy(
            twin(torch.from_numpy(images.transpose(0, 3, 1, 2).copy())), torch.from_numpy(labels)
        )
        their_loss.backward()
        their_optimizer.step()
        assert abs(loss.item() - their_loss.item()) < 1e-5
    for theirs, ours in zip(twin.parameters(), to_torch(torch, model), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_what_belongs_to_a_network_stands_with_it():
    mlp, cnn, figure = (models.MODELS[name] for name in ("mlp", "cnn", "cnn-fig1"))
    assert (mlp.network, mlp.data, mlp.epochs, mlp.batch_size) == (models.mlp, "glyphs", 20, 256)
    assert (mlp.shuffle, mlp.record, mlp.band) == ("once", 2, "range")
    assert (cnn.network, cnn.data, cnn.epochs, cnn.batch_size) == (models.cnn, "shapes", 3, 20)
    assert (cnn.shuffle, cnn.record, cnn.band) == ("every-epoch", 2, "std")
    assert dataclasses.replace(figure, network=models.cnn) == cnn and figure.network is models.cnn_fig1


def test_a_model_is_found_by_its_name_by_its_function_and_in_a_file(tmp_path):
    assert models.find("cnn") is models.find(models.cnn) is models.MODELS["cnn"]
    (tmp_path / "my.py").write_text(
        "import numpy as np\nfrom minimix import models, nn\n"
        "study = models.mlp\n"
        "def net(seed): return nn.Sequential(nn.Dense(2, 2, np.random.default_rng([seed, 1])))\n"
        "class Net(nn.Module):\n"
        "    def __init__(self, seed): self.inner = net(seed)\n"
    )
    assert models.find(f"{tmp_path}/my.py:study") is models.MODELS["mlp"]
    net, own = models.find(f"{tmp_path}/my.py:net"), models.find(f"{tmp_path}/my.py:Net")
    assert (net.epochs, net.batch_size, net.band) == (10, 32, "range")
    seed = lambda k: np.random.SeedSequence([0, k])  # a comparison's; the function gets an int
    np.testing.assert_array_equal(net(seed(1)).parameters()[0].data, own(seed(1)).parameters()[0].data)
    assert (net(seed(1)).parameters()[0].data != net(seed(2)).parameters()[0].data).any()
