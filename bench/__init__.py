"""Measurements: IVLE and its peers in turn on the same machine, in the same run."""
