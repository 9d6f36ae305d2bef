"""That specs and rules are two forms of one thing, and that a wrong spec is answered at the wrong part."""

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimix.optim import (
    MAS,
    SGD,
    SWATS,
    Adam,
    Cosine,
    FrankWolfe,
    Freeze,
    LayerSplit,
    Rule,
    StepDecay,
    WarmUp,
)
from minimix.optim.mas import COMBINE
from minimix.spec import GRAMMAR, RULES, SpecError, canonical, classes, parse, references

positive = st.floats(1e-300, 1e300) | st.integers(1, 10**20) | st.sampled_from([1e-3, 1e-2, 0.1])
fraction = st.floats(0, 1, exclude_max=True)
steps = st.integers(1, 10**9)
patterns = st.sampled_from(["*", "dense1", "conv*", "*.bias", "first2", "last1", "block[!a].w?ight", "a-b_c"])


def rates():
    deeper = lambda lr: (
        st.builds(StepDecay, lr, steps, positive)
        | st.builds(Cosine, lr, steps, positive)
        | st.builds(WarmUp, lr, steps)
    )
    return st.recursive(positive, deeper, max_leaves=3)


def options(**choices):
    """Some of the options of a rule."""
    return st.fixed_dictionaries({}, optional=choices)


def sgds():
    plain = options(lr=rates(), momentum=fraction, dampening=fraction, weight_decay=positive)
    nesterov = options(lr=rates(), momentum=positive, nesterov=st.just(True)).filter(lambda o: "momentum" in o)
    return (plain | nesterov).map(lambda o: SGD(**o))


def adams():
    numbers = options(lr=rates(), b1=fraction, b2=fraction, eps=positive, weight_decay=positive)
    flags = options(decoupled=st.booleans(), amsgrad=st.booleans())
    return st.tuples(numbers, flags).map(lambda o: Adam(**o[0], **o[1]))


def mixtures(rules):
    parts = options(lr=rates(), s=rules, a=rules)
    weights = options(gamma=fraction) | st.fixed_dictionaries({"ls": positive, "la": positive})
    combine = options(combine=st.sampled_from(COMBINE)) | st.fixed_dictionaries(
        {"combine": st.just("correction"), "branch_step": st.booleans()}
    )
    return st.tuples(parts, weights, combine).map(lambda o: MAS(**o[0], **o[1], **o[2]))


def rules():
    single = (
        sgds()
        | adams()
        | options(lr=rates(), b1=fraction, b2=fraction, eps=positive, tolerance=positive).map(lambda o: SWATS(**o))
        | options(lr=st.none() | rates(), radius=positive).map(lambda o: FrankWolfe(**o))
        | st.builds(Freeze)
    )
    splits = lambda rules: st.dictionaries(patterns, rules, min_size=1, max_size=3).map(LayerSplit)
    return st.recursive(single, lambda rules: mixtures(rules) | splits(rules), max_leaves=4)


@given(rules())
def test_a_canonical_spec_means_its_rule_and_is_its_own_canonical_form(rule):
    text = canonical(rule)
    assert parse(text) == rule
    assert canonical(parse(text)) == text


@given(rules(), positive, fraction)
def test_no_default_changes_what_a_canonical_spec_means(rule, lr, gamma):
    assert parse(canonical(rule), lr=lr, gamma=gamma) == rule


@given(rules())
def test_blanks_and_brackets_at_the_top_mean_nothing(rule):
    text = canonical(rule)
    spaced = text
    for mark in "=,():":
        spaced = spaced.replace(mark, f" {mark}  ")
    name, colon, inside = text.partition(":")
    assert parse(f" {spaced} ") == rule
    assert parse(f"{name}({inside})" if colon else f"{name}()") == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sgd", SGD()),
        ("adam:lr=1e-3", Adam(1e-3)),
        ("adam:b1=.5,amsgrad=true,decoupled=false", Adam(b1=0.5, amsgrad=True)),
        ("sgd:lr=cosine(lr=1e-2,steps=5000,floor=1E-5)", SGD(Cosine(1e-2, 5000, 1e-5))),
        ("sgd:lr=warmup(lr=step(lr=1,steps=7),steps=3)", SGD(WarmUp(StepDecay(1.0, 7), 3))),
        ("mas:combine=normalized,gamma=0.6", MAS(gamma=0.6, combine="normalized")),
        ("mas:ls=1,la=0.5,s=sgd,a=swats(lr=2)", MAS(ls=1.0, la=0.5, s=SGD(), a=SWATS(2.0))),
        ("split", LayerSplit()),
        (
            "split:dense1=adam(lr=1e-3),*.bias=freeze,*=sgd(lr=1e-2)",
            LayerSplit({"dense1": Adam(1e-3), "*.bias": Freeze(), "*": SGD(1e-2)}),
        ),
        (
            "split:first2=mas(a=adam(b1=0)),last1=freeze()",
            LayerSplit({"first2": MAS(a=Adam(b1=0)), "last1": Freeze()}),
        ),
        ("frank-wolfe:lr=none,radius=3", FrankWolfe(None, 3.0)),
    ],
)
def test_a_spec_means_what_it_says(text, rule):
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Adam(), "adam:lr=0.001"),
        (SGD(1.0, momentum=0.9, nesterov=True), "sgd:lr=1,momentum=0.9,nesterov=true"),
        (SGD(Cosine(1e-2, 5000)), "sgd:lr=cosine(lr=0.01,steps=5000)"),
        (MAS(), "mas:lr=0.001,gamma=0.6"),
        (MAS(1e-5, 0.5, "sum"), "mas:lr=1e-05,gamma=0.5,combine=sum"),
        (MAS(ls=1, la=0.5), "mas:lr=0.001,ls=1,la=0.5"),
        (MAS(s=SGD(), a=Freeze()), "mas:gamma=0.6,s=sgd(lr=0.01),a=freeze"),
        (LayerSplit(), "split:first1=adam(lr=0.001),*=sgd(lr=0.01)"),
        (FrankWolfe(), "frank-wolfe"),
        (FrankWolfe(0.5), "frank-wolfe:lr=0.5"),
        (Freeze(), "freeze"),
    ],
)
def test_the_canonical_spec_names_the_rate_and_what_differs_from_the_defaults(rule, text):
    assert canonical(rule) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sgd", SGD(0.5)),
        ("sgd:lr=0.25", SGD(0.25)),
        ("mas", MAS(0.5, 0.125)),
        ("mas:gamma=1", MAS(0.5, 1)),
        ("mas:ls=1,la=2", MAS(0.5, ls=1, la=2)),
        ("mas:s=sgd(momentum=0.9)", MAS(0.5, 0.125, s=SGD(0.5, 0.9))),
        ("split", LayerSplit({"first1": Adam(0.5), "*": SGD(0.5)})),
        ("split:a=adam,*=sgd(lr=0.25)", LayerSplit({"a": Adam(0.5), "*": SGD(0.25)})),
        ("adam:lr=cosine(steps=9)", Adam(Cosine(0.5, 9))),
        ("frank-wolfe", FrankWolfe()),
        ("freeze", Freeze()),
    ],
)
def test_defaults_go_to_the_rules_that_name_none_themselves(text, rule):
    assert parse(text, lr=0.5, gamma=0.125) == rule


NAMES = ", ".join(RULES)
ADAMS = "lr, b1, b2, eps, weight_decay, decoupled, amsgrad"
SGDS = "lr, momentum, dampening, nesterov, weight_decay"


@pytest.mark.parametrize(
    ("marked", "sentence"),
    [
        ("«»", f"a spec starts with the name of an update rule: {NAMES}"),
        ("«adm»:lr=1", f"'adm' is none of {NAMES}; did you mean 'adam'?"),
        ("«adamw»", f"'adamw' is none of {NAMES}; write adam:decoupled=true,weight_decay=0.01"),
        ("«momentum»", f"'momentum' is none of {NAMES}; write sgd:momentum=0.9"),
        ("«nag»", f"'nag' is none of {NAMES}; write sgd:momentum=0.9,nesterov=true"),
        ("«amsgrad»", f"'amsgrad' is none of {NAMES}; write adam:amsgrad=true"),
        (
            "adam:lr=1e-3,«momentun»=0.9",
            f"'momentun' is no option of adam, which has {ADAMS}; 'momentum' is an option of sgd",
        ),
        (
            "adam:«weigth_decay»=1",
            f"'weigth_decay' is no option of adam, which has {ADAMS}; did you mean 'weight_decay'?",
        ),
        ("adam:«beta1»=0", f"'beta1' is no option of adam, which has {ADAMS}; did you mean 'b1'?"),
        ("freeze:«lr»=1", "'lr' is no option of freeze, which has none; 'lr' is an option of sgd"),
        ("adam:«lr»", "'lr' has no value: options are written key=value"),
        ("sgd(«0.1»)", "'0.1' has no value: options are written key=value"),
        ("adam:«lr=»,b1=0", "adam: lr= needs a value, a number or a schedule"),
        ("split:«*=»", "split: *= needs a value, an update rule"),
        ("adam:«»", "an option is missing here: key=value"),
        ("adam:lr=1,«»", "an option is missing here: key=value"),
        ("adam:lr=1,b1=0,«lr»=2", "adam: lr is given twice"),
        ("split:*=sgd,«*»=sgd", "split: * is given twice"),
        ("adam«(»lr=1", "this bracket is never closed"),
        (
            "mas:s=sgd(lr=1,«gamma»=1",
            f"'gamma' is no option of sgd, which has {SGDS}; 'gamma' is an option of mas",
        ),
        (
            "mas:s=sgd(lr=1,«a»=adam(b1=0)",
            f"'a' is no option of sgd, which has {SGDS}; 'a' is an option of mas",
        ),
        ("mas:gamma=1,s=sgd«(»lr=1", "this bracket is never closed"),
        ("adam:lr=1«)»", "this bracket closes nothing"),
        ("adam(lr=1)«)»", "this bracket closes nothing"),
        ("adam «lr=1»", "nothing may follow here but ':' and options"),
        ("adam:lr=1 «b1=2»", "nothing may follow here but ',' and another option"),
        ("mas:s=sgd(lr=1 «momentum=2)»", "nothing may follow here but ',' and another option"),
        ("mas:s=sgd«:lr=1»", "':' stands after the first name alone; inside, write name(key=value)"),
        ("adam:b1=«sgd(lr=1)»", "adam: b1 takes a number, got the rule sgd"),
        ("adam:lr=«sgd»", "adam: lr takes a number or a schedule, got the rule sgd"),
        ("adam:b1=«none»", "adam: b1 takes a number, got 'none'"),
        ("adam:b1=«true»", "adam: b1 takes a number, got 'true'"),
        ("adam:lr=«nan»", "adam: lr takes a number or a schedule, got 'nan'"),
        ("adam:lr=«cosin»", "adam: lr takes a number or a schedule, got 'cosin'; did you mean 'cosine'?"),
        ("adam:amsgrad=«ture»", "adam: amsgrad takes true or false, got 'ture'; did you mean 'true'?"),
        ("adam:amsgrad=«1»", "adam: amsgrad takes true or false, got '1'"),
        (
            "mas:combine=«liner»",
            f"mas: combine must be one of {', '.join(COMBINE)}, got 'liner'; did you mean 'linear'?",
        ),
        ("mas:combine=«3»", "mas: combine takes a word, got '3'"),
        ("mas:a=«0.5»", "mas: a must be an update rule, got 0.5"),
        ("mas:a=«addam»", "mas: a must be an update rule, got 'addam'; did you mean 'adam'?"),
        ("mas:ls=1,la=«x»", "mas: la must be a number at least 0, got 'x'"),
        ("split:*=«addam»", "split: * takes an update rule, got 'addam'; did you mean 'adam'?"),
        (
            "split:*=«adamw»",
            "split: * takes an update rule, got 'adamw'; write adam(decoupled=true,weight_decay=0.01)",
        ),
        ("split:a=sgd,*=«cosine(lr=1,steps=2)»", "split: * takes an update rule, got 'cosine(lr=1,steps=2)'"),
        ("split:*=«swts»(lr=1)", f"'swts' is none of {NAMES}, step, cosine, warmup; did you mean 'swats'?"),
        (
            "«cosine:lr=1,steps=3»",
            "cosine is a schedule: it stands for a learning rate, as in sgd:lr=cosine(…)",
        ),
        ("sgd:lr=«cosine(lr=1)»", "cosine needs steps="),
        ("sgd:lr=«-1»", "sgd: lr must be a number above 0, got -1"),
        ("sgd:momentum=0.9,lr=«0»", "sgd: lr must be a number above 0, got 0"),
        ("sgd:lr=«1e999»", "sgd: lr must be a number above 0, got inf"),
        (f"sgd:lr=«{'9' * 320}»", "sgd: lr must be a number above 0, got inf"),
        ("mas:a=sgd,gamma=«1.5»", "mas: gamma must be a number at least 0 and at most 1, got 1.5"),
        ("mas:la=«1»", "mas: ls and la go together, got ls=None, la=1"),
        (
            "sgd:lr=1,nesterov=«true»",
            "sgd: nesterov=True needs a momentum above 0 and no dampening, got momentum=0.0, dampening=0.0",
        ),
        (
            "split:* = «swts» (lr=1)",
            f"'swts' is none of {NAMES}, step, cosine, warmup; did you mean 'swats'?",
        ),
        ("sgd:lr=cosine(lr=1,steps=«1.5»)", "Cosine: steps must be an integer above 0, got 1.5"),
        ("split:dense1=adam(b1=«1»,lr=2)", "adam: b1 must be a number at least 0 and below 1, got 1"),
    ],
)
def test_a_wrong_spec_is_answered_at_the_wrong_part(marked, sentence):
    before, wrong, after = re.split("[«»]", marked)
    with pytest.raises(SpecError) as caught:
        parse(before + wrong + after)
    carets = " " * len(before) + "^" * max(1, len(wrong))
    assert str(caught.value).split("\n") == [sentence, f"  {before}{wrong}{after}", f"  {carets}"]


def test_a_default_that_a_rule_refuses_is_answered_at_the_rule():
    with pytest.raises(SpecError, match="adam: lr must be a number above 0, got -1") as caught:
        parse("split:a=sgd(lr=1),*=adam(b1=0)", lr=-1)
    assert caught.value.text[caught.value.start : caught.value.stop] == "adam(b1=0)"


@given(st.text(alphabet="adamsgplitcoe=,():* 1.-w") | st.text(max_size=8))
def test_any_text_is_a_rule_or_gets_a_spec_error(text):
    try:
        assert parse(canonical(parse(text))) == parse(text)
    except SpecError as error:
        assert 0 <= error.start <= error.stop <= len(text)


@pytest.mark.parametrize("rule", [LayerSplit({"a b": SGD()}), LayerSplit({"a=b": SGD()}), Rule(), SGD(lr=abs)])
def test_what_no_spec_can_express_is_said(rule):
    with pytest.raises(ValueError, match="no spec can express"):
        canonical(rule)


def test_a_spec_is_a_text():
    with pytest.raises(TypeError, match="got None"):
        parse(None)


def test_the_help_names_every_rule_and_option_and_its_examples_are_specs():
    described, examples = GRAMMAR.split("Examples:\n")
    assert all(parse(line.strip()) for line in examples.splitlines())
    assert "\n\n" not in GRAMMAR
    assert max(map(len, GRAMMAR.splitlines())) < 77
    for name, cls in classes().items():
        assert f"\n  {name} " in described or f"\n  {name}\n" in described
        if cls is not LayerSplit and name in RULES:
            assert all(f" {key}" in described for key in cls().hyperparameters())


OWN = """\
from minimix.optim import Adam, Rule

class MyRule:
    def __init__(self, lr=0.1, gamma=0.5, mode="fast", inner=None, on=False, rest=Adam()):
        self.lr, self.gamma, self.mode, self.inner, self.on, self.rest = lr, gamma, mode, inner, on, rest
    def propose(self, w, g, state): return g, self.lr

class Small(Rule):
    def __init__(self, lr): self.lr = lr
    def propose(self, w, g, state): return g, self.lr

class Around(Rule):
    def __init__(self, rule: "Rule | None" = None, k=5): self.rule, self.k = rule, k
    def propose(self, w, g, state): return g, 1.0

class Refusing(Rule):
    def __init__(self, lr=0.1, eps=1e-8):
        if eps > 1: raise ValueError(f"eps must be at most 1, got {eps}")
        self.lr, self.eps = lr, eps
    def propose(self, w, g, state): return g, self.lr

def step(w, g, state, t, lr=0.1, mu=0.9): return w - lr * g
def decay(t, lr=0.1, power=0.5): return lr / t**power
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my.py").write_text(OWN)
    (tmp_path / "my rules").mkdir()
    (tmp_path / "my rules" / "his.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("my.py:MyRule", "my.py:MyRule(lr=0.1,gamma=0.5)"),
        ("my.py:MyRule:lr=1e-3,mode=none", "my.py:MyRule(lr=0.001,gamma=0.5,mode=none)"),
        (" my.py : MyRule ( mode = adam , on = true )", "my.py:MyRule(lr=0.1,gamma=0.5,mode=adam,on=true)"),
        (
            "my.py:MyRule(inner=adam,rest=sgd(lr=1))",
            "my.py:MyRule(lr=0.1,gamma=0.5,inner=adam(lr=0.001),rest=sgd(lr=1))",
        ),
        ("my.py:MyRule(inner=3)", "my.py:MyRule(lr=0.1,gamma=0.5,inner=3)"),
        ("my.py:MyRule(lr=cosine(lr=1,steps=9))", "my.py:MyRule(lr=cosine(lr=1,steps=9),gamma=0.5)"),
        ("my.py:Small(lr=2)", "my.py:Small(lr=2)"),
        ("my.py:Around(rule=my.py:step)", "my.py:Around(rule=my.py:step(lr=0.1))"),
        ("mas:s=my.py:step(lr=0.1)", "mas:lr=0.001,gamma=0.6,s=my.py:step(lr=0.1)"),
        ("split:dense1=./my.py:step,*=sgd", "split:dense1=./my.py:step(lr=0.1),*=sgd(lr=0.01)"),
        ("sgd:lr=my.py:decay(lr=2),momentum=0.9", "sgd:lr=my.py:decay(lr=2),momentum=0.9"),
        ("my.py:step(lr=my.py:decay(power=1))", "my.py:step(lr=my.py:decay(lr=0.1,power=1))"),
        ("my rules/his.py:step(mu=0)", "my rules/his.py:step(lr=0.1,mu=0)"),
    ],
)
def test_a_rule_of_one_s_own_stands_wherever_a_rule_does(own, text, spec):
    rule = parse(text)
    assert isinstance(rule, Rule)
    assert canonical(rule) == spec
    assert parse(spec) == rule == parse(spec, lr=7, gamma=0.25)


def test_defaults_go_to_rules_of_one_s_own_too(own):
    assert canonical(parse("mas:s=my.py:MyRule,a=my.py:step", lr=2, gamma=0.25)) == (
        "mas:gamma=0.25,s=my.py:MyRule(lr=2,gamma=0.25),a=my.py:step(lr=2)"
    )
    assert canonical(parse("my.py:Small", lr=2)) == "my.py:Small(lr=2)"


@pytest.mark.parametrize("file", [r"C:\mine\my.py", "C:/mine/my.py"])
def test_a_drive_is_part_of_the_path(file):
    for text in (f"{file}:f(lr=1)", f"mas:s={file}:f(lr=1)"):
        with pytest.raises(SpecError) as caught:
            parse(text)
        assert caught.value.sentence.startswith(f"there is no file {file!r}")
        assert text[caught.value.start : caught.value.stop] == f"{file}:f"


MY = "lr, gamma, mode, inner, on, rest"


@pytest.mark.parametrize(
    ("marked", "sentence"),
    [
        ("«my.py»", "an update rule of your own is named as file.py:name, got 'my.py'"),
        ("split:a=«my.py:»,*=sgd", "an update rule of your own is named as file.py:name, got 'my.py:'"),
        ("«no.py:f»(lr=1)", "there is no file 'no.py' to take 'f' from"),
        (
            "mas:s=«my.py:MyRul»(lr=1)",
            "my.py has no function or class 'MyRul'; it has MyRule, Small, Around, Refusing, step, decay; did you mean "
            "'MyRule'?",
        ),
        (
            "my.py:MyRule(«momentum»=1)",
            f"'momentum' is no option of my.py:MyRule, which has {MY}; 'momentum' is an option of sgd",
        ),
        ("my.py:MyRule(«gama»=1)", f"'gama' is no option of my.py:MyRule, which has {MY}; did you mean 'gamma'?"),
        ("my.py:MyRule(lr=«x»)", "my.py:MyRule: lr takes a number or a schedule, got 'x'"),
        ("my.py:MyRule(gamma=«true»)", "my.py:MyRule: gamma takes a number, got 'true'"),
        ("my.py:MyRule(on=«1»)", "my.py:MyRule: on takes true or false, got '1'"),
        ("my.py:MyRule(mode=«sgd(lr=1)»)", "my.py:MyRule: mode takes a word, got the rule sgd"),
        ("my.py:MyRule(rest=«addam»)", "my.py:MyRule: rest takes an update rule, got 'addam'; did you mean 'adam'?"),
        ("my.py:Around(rule=«3»)", "my.py:Around: rule takes an update rule, got '3'"),
        (
            "sgd:lr=«my.py:step»",
            "my.py:step: it must take (t), then hyperparameters with defaults, but takes (w, g, state, t, lr=0.1, "
            "mu=0.9)",
        ),
        (
            "mas:s=«my.py:decay»",
            "my.py:decay: it must take (w, g, state, t), then hyperparameters with defaults, but takes (t, lr=0.1, "
            "power=0.5)",
        ),
        ("«my.py:Small»", "my.py:Small needs lr="),
        ("my.py:Refusing(lr=1,eps=«2»)", "my.py:Refusing: eps must be at most 1, got 2"),
        ("my.py:step«)»", "this bracket closes nothing"),
        ("my.py:step«(»lr=1", "this bracket is never closed"),
        ("«my»(1).py:step", f"'my' is none of {NAMES}; the path of a file may hold none of = , ( )"),
    ],
)
def test_a_wrong_spec_of_one_s_own_is_answered_at_the_wrong_part(own, marked, sentence):
    test_a_wrong_spec_is_answered_at_the_wrong_part(marked, sentence)


def test_the_references_in_a_rule_are_those_of_all_in_it(own):
    rule = parse("mas:s=split(a=my.py:step(lr=my.py:decay),*=adam),a=./my.py:Around(rule=my.py:Small(lr=1))")
    assert references(rule) == ["my.py:step", "my.py:decay", "./my.py:Around", "my.py:Small"]
    assert references(parse("mas")) == []


def test_a_spec_error_can_be_pickled():
    with pytest.raises(SpecError) as caught:
        parse("adm")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_one_line_makes_a_rule_known(monkeypatch):
    sgd = SGD()

    class Ahead(Rule):
        def __init__(self, rule=None, k=5, rest=sgd):
            if rule is not None and not isinstance(rule, Rule):
                raise TypeError(f"ahead: rule must be an update rule, got {rule!r}")
            self.rule, self.k, self.rest = rule, k, rest

    monkeypatch.setitem(RULES, "ahead", Ahead)
    rule = parse("mas:s=ahead(rule=adam(b1=0.5),k=6)", lr=0.5)
    assert rule == MAS(0.5, s=Ahead(Adam(0.5, 0.5), 6))
    assert canonical(rule) == "mas:lr=0.5,gamma=0.6,s=ahead(rule=adam(lr=0.5,b1=0.5),k=6)"
    assert parse("ahead:rest=adam") == Ahead(rest=Adam())
    with pytest.raises(SpecError, match=r"ahead: rest takes an update rule, got 'addam'; did you mean 'adam'"):
        parse("ahead:rest=addam")
    with pytest.raises(SpecError, match=r"ahead: rule must be an update rule, got 'addam'; did you mean 'adam'"):
        parse("ahead:rule=addam")
    with pytest.raises(SpecError, match=r"'ahed' is none of .*; did you mean 'ahead'"):
        parse("ahed")


DEEP = "mas:" + "s=mas(" * 30 + "gamma=0.5" + ")" * 30


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DEEP, "rules and schedules may stand in one another 20 deep"),
        ("adam:lr=" + "9" * 1000, "adam: lr must be a number above 0, got inf"),
        ("adam:lr=²", "adam: lr takes a number or a schedule, got '²'"),
        ("a" * 5000, "a spec has at most 2,000 characters, got 5,000"),
    ],
)
def test_nothing_is_too_deep_or_too_long_to_be_told_in_a_sentence(text, sentence):
    with pytest.raises(SpecError, match=sentence):
        parse(text)
