"""Steps of the schema. A step that has landed is never rewritten or merged: installations stand on it."""
