"""Layers, and the study's networks in `models`."""

from . import models
from .layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU, Sequential, Sigmoid, Tanh
from .module import Module

__all__ = [
    "Conv2D", "Dense", "Dropout", "Flatten", "MaxPool2D", "Module", "ReLU", "Sequential", "Sigmoid", "Tanh", "models",
]  # fmt: skip
