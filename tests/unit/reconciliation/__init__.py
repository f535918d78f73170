"""Tests of the reconciliation package."""
