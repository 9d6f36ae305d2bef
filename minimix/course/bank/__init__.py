"""The bank: oracles and usual mistakes, a module a lesson."""
