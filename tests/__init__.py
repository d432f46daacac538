"""Tests of graph-service."""
