"""What every force shares and nobody owns: forces, offence codes, bank holidays. Data first, code second."""
