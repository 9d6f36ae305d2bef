"""Formulas read off the tape: what a rule computed, in letters and in numbers, as text and as MathML.

terms.py: the letter and the words of each term. trees.py: nodes of a tape -> expressions. formulas.py: the tape of a
step -> equations. notation.py: an equation -> text, MathML, its value.
"""
