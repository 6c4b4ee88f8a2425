"""One week's figures of SKU-doors from what is known of them: numbers in, numbers out."""
