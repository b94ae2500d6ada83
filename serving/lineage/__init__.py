"""Tells catalogues of data what a run read and made, as OpenLineage events."""
