"""A fault campaign: workers killed, servers taken away, edits against nightly runs, and nothing lost.

`python -m sop_site.faults` (`make faults`) runs on servers of its own, judges what stands after each fault
against a recalculation from nothing, and ends with a table.
"""
