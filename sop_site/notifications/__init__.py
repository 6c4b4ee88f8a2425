"""What concerns a person: told in the product, in a daily digest, at once by mail, and in chat channels."""
