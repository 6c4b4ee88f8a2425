"""The operating model: the thresholds and limits that leadership sets, by version."""
