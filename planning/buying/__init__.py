"""The buy plan: what to order, when and for which DC, so that the signed forecast can be served."""
