"""How long records are kept: a review falls due, a person decides, two erase. Nothing is ever erased by itself."""
