"""Notebooks and briefings for the evaluation of e-commerce demonstration bases."""
