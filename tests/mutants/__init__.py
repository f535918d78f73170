"""Mutation tests: which change of a line do the tests of its room notice?"""
