"""The monthly consensus: one demand forecast in which every function's number stays, signed and published."""
