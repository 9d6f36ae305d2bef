"""A Module as it prints: a line a layer, with its parameters and how many numbers they have."""


def columns(rows):
    """Rows of (name, text, number) as lines, the numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(f"{a:{widths[0]}}  {b:{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows)


def module_table(module):
    """The Module's layers with their parameters' shapes and sizes; one without layers on one line."""
    counted = {}
    rows = list(_rows(module, "", counted, set()))
    if len(rows) == 1:
        return rows[0][1]
    total = sum(counted.values())
    return columns([(type(module).__name__, "", ""), *rows[1:], ("total", "", f"{total:,}")])


def _rows(x, name, counted, seen):
    if not hasattr(x, "named_parameters"):
        yield name, getattr(x, "__name__", type(x).__name__), ""
        return
    if id(x) in seen:
        yield name, f"{type(x).__name__}, as above", ""
        return
    seen.add(id(x))
    own = [(key, p) for key, p in x._members() if not hasattr(p, "named_parameters")]
    count = sum(p.size for _, p in own if id(p) not in counted)
    counted.update((id(p), p.size) for _, p in own)
    numbers = [f"{k}={v!r}" for k, v in vars(x).items() if type(v) in (int, float)]
    inside = [*numbers, *(f"{key} {p.shape}" for key, p in own)]
    yield name, f"{type(x).__name__}({', '.join(inside)})", f"{count:,}" if own else ""
    for key, inner in x._parts():
        yield from _rows(inner, f"{name}.{key}" if name else key, counted, seen)
