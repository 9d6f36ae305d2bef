"""What a term means: its letter, what it is in words, and how a sentence calls it. One line a term.

The names are those in the rules' code; a name that is not here is shown as it is. Only terms with a third entry, and
those that are not here, are told when they change: m and v grow at first whatever happens, m̂ and v̂ do not.
"""

TERMS = {
    "t": ("t", "step"),
    "loss": ("loss", "loss before the step"),
    "loss_new": ("loss_new", "loss after the step"),
    "w": ("w", "parameters before the step"),
    "w_new": ("w_new", "parameters after the step"),
    "dw": ("Δw", "change of the parameters"),
    "g": ("g", "gradient", "the gradient"),
    "h": ("h", "gradient with weight decay"),
    "b": ("b", "momentum: a decaying sum of gradients", "the momentum b"),
    "m": ("m", "decaying mean of g"),
    "v": ("v", "decaying mean of g²"),
    "v_max": ("v_max", "the largest v so far"),
    "m_hat": ("m_hat", "m without its start at 0", "m̂"),
    "v_hat": ("v_hat", "v without its start at 0", "v̂"),
    "c": ("c", "mean of g and m, whose sign is the direction"),
    "o": ("o", "the momentum, made orthogonal"),
    "slow": ("slow", "the slow weights"),
    "fast": ("fast", "the weights after the inner rule's step"),
    "d_s": ("d_s", "direction of the SGD side", "d_s"),
    "d_a": ("d_a", "direction of the Adam side", "d_a"),
    "d": ("d", "direction of the step", "the direction d"),
    "inner": ("⟨d_s,d_a⟩", "above 0: the two directions agree"),
    "norm_s": ("‖d_s‖", "length of d_s"),
    "norm_a": ("‖d_a‖", "length of d_a"),
    "norm_g": ("‖g‖", "length of the gradient"),
    "eta": ("η", "learning rate", "the learning rate"),
    "lr": ("lr", "learning rate before the correction"),
    "eta_s": ("η_s", "step size of the SGD side"),
    "eta_a": ("η_a", "step size of the Adam side"),
    "eta_m": ("η_m", "step size of the mix"),
    "s": ("s", "sum of all g² so far, or the point of the ball lowest along g"),
    "p": ("p", "Adam's step"),
    "p_g": ("⟨p,g⟩", "how far Adam's step goes down the slope"),
    "gamma": ("γ", "the SGD rate that Adam's step projects to"),
    "lam": ("λ", "decaying mean of that rate"),
    "Lam": ("Λ", "the rate that SGD takes over"),
    "u": ("u", "momentum after the switch", "the momentum u"),
    "ls": ("λ_s", "weight of the SGD side"),
    "la": ("λ_a", "weight of the Adam side"),
    "mu": ("μ", "momentum's decay"),
    "damp": ("damp", "dampening"),
    "wd": ("wd", "weight decay"),
    "beta": ("β", "decay of an average"),
    "b1": ("β_1", "decay of m"),
    "b2": ("β_2", "decay of v"),
    "eps": ("ε", "keeps the division from 0"),
    "tolerance": ("tol", "how settled the rate must be"),
    "radius": ("radius", "radius of the ball"),
    "alpha": ("α", "how far the slow weights follow"),
}


def letter(name):
    """The letter of a term, or its name where it has none: "β_1", "⟨d_s,d_a⟩"."""
    return TERMS[name][0] if name in TERMS else name


ALONE = {"d": "direction of the step", "eta": "step size"}
"""What d_s and d_a, eta_s and eta_a are where there is one side alone."""


def words(name, alone=False):
    """What a term is, or ""; alone: in a rule that mixes no two sides."""
    if alone and name in ("d_s", "d_a", "eta_s", "eta_a"):
        return ALONE[name[:-2]]
    if name.endswith("_old"):
        return f"{name.removesuffix('_old')} of the step before"
    return TERMS[name][1] if name in TERMS else ""


def called(name):
    """How a sentence calls a term that is worth telling, or None."""
    return name if name not in TERMS else TERMS[name][2] if len(TERMS[name]) > 2 else None
