"""Layers, their initial values in `init`, and the study's networks in `models`."""

from ..hint import missing
from . import init, models
from .chain import Sequential
from .init import seed
from .layers import AveragePool2D, Conv2D, Dense, Dropout, Embedding, Flatten, MaxPool2D, ReLU, Sigmoid, Tanh
from .module import Module
from .norms import BatchNorm, LayerNorm
from .saving import load, save

__all__ = [
    "AveragePool2D", "BatchNorm", "Conv2D", "Dense", "Dropout", "Embedding", "Flatten", "LayerNorm", "MaxPool2D",
    "Module", "ReLU", "Sequential", "Sigmoid", "Tanh", "init", "load", "models", "save", "seed",
]  # fmt: skip

ELSEWHERE = {
    "AvgPool2d": "nn.AveragePool2D(size), of images (n, height, width, channels)",
    "BCELoss": "minimix.ops.binary_cross_entropy(probabilities, targets)",
    "BCEWithLogitsLoss": "minimix.ops.binary_cross_entropy_with_logits(logits, targets)",
    "BatchNorm1d": "nn.BatchNorm(features)",
    "BatchNorm2d": "nn.BatchNorm(channels), of images (n, height, width, channels)",
    "Conv2d": "nn.Conv2D(channels_in, channels_out, kernel), of images (n, height, width, channels)",
    "CrossEntropyLoss": "minimix.cross_entropy(logits, labels)",
    "Identity": "lambda x: x",
    "Linear": "nn.Dense(fan_in, fan_out)",
    "MSELoss": "minimix.mse_loss(output, target)",
    "MaxPool2d": "nn.MaxPool2D(size), of images (n, height, width, channels)",
    "ModuleDict": "a dict, in which a Module's layers are found",
    "ModuleList": "a list, in which a Module's layers are found",
    "Parameter": "minimix.Tensor(array, requires_grad=True)",
    "ParameterList": "a list, in which a Module's parameters are found",
    "Softmax": "nothing before minimix.cross_entropy, which takes logits; minimix.softmax(x) elsewhere",
    "functional": "the functions of minimix itself, as minimix.relu(x)",
    "utils": "optim.Optimizer(model, rule, clip_norm=1.0), where norms are to be clipped",
}
"""What PyTorch's nn has, and what it is here."""


def __getattr__(name):
    raise missing("minimix.nn", name, __all__, ELSEWHERE)
