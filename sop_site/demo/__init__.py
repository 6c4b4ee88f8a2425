"""The demo retailer: Pellwick, a fictional apparel, home and lifestyle brand, generated from a seed.

`generate.generate_demo_retailer` writes it as an ordinary retailer folder; nothing here knows Django.
"""
