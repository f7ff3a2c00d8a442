"""How good perception is, measured on folders of labelled footage."""
