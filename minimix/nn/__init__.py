"""Layers, their initial values in `init`, and the study's networks in `models`."""

from ..elsewhere import NN
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


def __getattr__(name):
    raise missing("minimix.nn", name, __all__, NN)
