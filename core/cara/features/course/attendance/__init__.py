"""The register of a workshop: who came, and what follows."""
