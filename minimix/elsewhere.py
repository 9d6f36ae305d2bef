"""What PyTorch has under other names: {name: what to write here}, for the answers to those who type it."""

_TENSOR = """
    view                x.reshape(…)
    permute             x.transpose(…)
    t                   x.T
    mT                  x.swapaxes(-1, -2)
    dim                 x.ndim
    numel nelement      x.size
    unsqueeze           x.expand_dims(axis)
    ravel               x.flatten()
    expand              minimix.ops.broadcast_to(x, shape=…)
    clamp               x.clip(min, max)
    clone copy          1 * x
    contiguous          x as it is
    to                  x.astype(dtype); minimix.use("cupy"), before x is made, for a GPU
    cuda                minimix.use("cupy"), before x is made
    cpu                 x.numpy()
    device              minimix.backend.backend_of(x.data).name
    type                x.astype(dtype)
    half float double   x.astype("float16"), x.astype("float32") or x.astype("float64")
    int long            x.astype("int32") or x.astype("int64")
    bool                x != 0
    requires_grad_      x = Tensor(x.data, requires_grad=True)
    is_leaf grad_fn     print(x), which says what it comes from
    retain_grad         minimix.grad(f)(x)
    register_hook       minimix.grad(f)(x)
    detach_             x = x.detach()
    zero_               optimizer.zero_grad(), or x.grad = None, or x.data[...] = 0
    copy_ fill fill_    x.data[...] = …
    add add_            x + y
    sub sub_            x - y
    mul mul_            x * y
    div div_            x / y
    neg neg_            -x
    pow pow_            x ** p
    mm bmm mv           x @ y
    eq ne gt lt ge le   x == y, x != y, x > y, x < y, x >= y, x <= y
    amax amin           x.max(axis), x.min(axis)
    index_select gather x[indices]
    take select narrow  x[indices]
    cat                 minimix.concatenate([x, y])
    sort argsort        np.argsort(x), and x[…] with that
    nonzero             np.nonzero(x)
    flags strides       x.data.flags, x.data.strides
    nbytes itemsize     x.data.nbytes, x.data.itemsize
    is_cuda             minimix.backend.backend_of(x.data).name
    values indices      x.max(axis), x.argmax(axis)
    masked_fill where   minimix.where(condition, a, x)
    repeat tile         minimix.concatenate([x, x], axis)
    chunk               x.split(n, axis)
    unbind              list(x)
    sign log1p          minimix.ops.sign(x), minimix.ops.log1p(x)
    softplus silu       minimix.softplus(x), minimix.silu(x)
    floor ceil          np.floor(x.numpy()), np.ceil(x.numpy()), which are constants
    isnan isfinite      np.isnan(x), np.isfinite(x)
    allclose equal      np.allclose(x, y), np.array_equal(x, y)
    logical_not         ~x
    reciprocal rsqrt    1 / x, 1 / x.sqrt()
    zero_grad           x.grad = None
"""
TENSOR = {name: line[24:] for line in _TENSOR.strip("\n").splitlines() for name in line[4:24].split()}
"""Of its tensors, and of other libraries' arrays."""

PACKAGE = {
    **{f: f"minimix.Tensor(numpy.{f}(…))" for f in ("arange", "empty", "eye", "full", "linspace", "ones", "zeros")},
    **dict.fromkeys(("as_tensor", "from_numpy", "FloatTensor"), "minimix.Tensor(array)"),
    **{dtype: f"{dtype!r}, wherever a dtype is taken" for dtype in ("float16", "float32", "float64", "int64")},
    "DataLoader": "minimix.data.Batches(x, y, batch_size, rng)",
    "abs": "abs(x)",
    "array": "minimix.Tensor([1.0, 2.0])",
    "autograd": "minimix.grad(f)",
    "enable_grad": "nothing: outside of no_grad everything is recorded",
    "random": "numpy.random.default_rng(0)",
    "seed": "minimix.nn.seed(0)",
    "load": "minimix.nn.load(model, file)",
    "manual_seed": "minimix.nn.seed(0)",
    "rand": "minimix.Tensor(rng.random(…)), rng a numpy.random.Generator",
    "randn": "minimix.Tensor(rng.standard_normal(…)), rng a numpy.random.Generator",
    "save": "minimix.nn.save(model, file)",
}
"""Of the package itself, besides what is one of its tensors' or an operator."""

MODULE = {
    "add_module": "model.name = module",
    "append": "model.layers.append(layer)",
    "apply": "for name, module in model.named_modules(): …",
    "cpu": "minimix.use('numpy') before the model is made",
    "cuda": "minimix.use('cupy') before the model is made",
    "device": "minimix.use('cupy') before the model is made",
    "double": "model.astype('float64')",
    "float": "model.astype('float32')",
    "half": "model.astype('float16')",
    "modules": "model.named_modules()",
    "named_children": "model.children()",
    "register_buffer": "self.name = array, and in the class buffers = ('name',)",
    "register_parameter": "self.name = Tensor(…, requires_grad=True)",
    "requires_grad_": "for p in model.parameters(): p.requires_grad = False",
    "to": "minimix.use('cupy') before the model is made, or model.astype('float64')",
}
"""Of its modules."""

NN = {
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
"""Of its package nn."""

INIT = {
    f"{theirs}_{how}{end}": f"nn.init.{ours}_{how}"
    for theirs, ours in (("kaiming", "he"), ("xavier", "glorot"))
    for how in ("normal", "uniform")
    for end in ("", "_")
}
"""Of its package nn.init."""

OPTIMIZER = {
    "add_param_group": "optim.LayerSplit({'dense1': …, '*': …}), a rule a group of layers",
    "lr": "optimizer.rule.lr",
    "param_groups": "optimizer.rule.lr = …",
}
"""Of its optimizers."""

OPTIM = {
    "AdamW": "optim.Adam(lr, weight_decay=0.01, decoupled=True)",
    "CosineAnnealingLR": "optim.Cosine(lr, steps), as the rate of a rule",
    "LinearLR": "optim.WarmUp(lr, steps), as the rate of a rule",
    "StepLR": "optim.StepDecay(lr, steps), as the rate of a rule",
    "lr_scheduler": "a schedule for the rate, as optim.SGD(optim.Cosine(0.1, steps=1000))",
}
"""Of its package optim."""

ARGUMENTS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims", "correction": "ddof", "size": "shape"}
"""{its name of an argument: ours}."""

HYPERPARAMETERS = {
    "lr": ("learning_rate", "eta", "alpha", "step_size"),
    "b1": ("beta1", "beta_1"),
    "b2": ("beta2", "beta_2", "rho", "alpha", "beta", "decay_rate"),
    "eps": ("epsilon",),
    "momentum": ("mu", "beta"),
    "weight_decay": ("wd", "decay"),
}
"""{hyperparameter of ours: what others call it}."""
