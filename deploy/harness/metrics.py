"""Reads the text that Postroom's /metrics answers with."""
import re

LINE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def parse(text):
    """[(name, labels, value)]"""
    return [(name, dict(LABEL.findall(labels or "")), float(value))
            for name, labels, value in LINE.findall(text)]


def total(text, name, **labels):
    """The sum over all samples of a name that carry the labels."""
    return sum(value for found, its, value in parse(text)
               if found == name and all(its.get(key) == text for key, text in labels.items()))


def buckets(text, name):
    """A histogram as {upper bound in seconds: cumulative count}."""
    found = {}
    for sample, labels, value in parse(text):
        if sample == name + "_bucket":
            bound = float(labels["le"])
            found[bound] = found.get(bound, 0) + int(value)
    return dict(sorted(found.items()))
