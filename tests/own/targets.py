"""What test_apart.py asks of processes: an order of Python statements, and then "alive"."""


def obey(request, tell):
    exec(request, {"tell": tell})
    tell("alive")
