"""Sales: what was sold, week by week, and which past promotions moved it."""
