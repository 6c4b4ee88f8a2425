"""How fast Bridge is: a generated retailer, its own servers, and one measurement after another.

`python -m sop_site.bench` (`make bench`) writes one JSON object a line and ends with a table.
"""
