"""That specs and rules are two forms of one thing, and that a wrong spec is answered at the wrong part."""

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
from minimix.spec import GRAMMAR, RULES, SpecError, canonical, classes, parse

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


NAMES = "sgd, adam, mas, split, swats, frank-wolfe, freeze"
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
