"""The demand model (definitions: Lift, Lost sales). Numbers in, numbers out."""
