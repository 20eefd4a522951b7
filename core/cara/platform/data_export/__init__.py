"""A copy for somebody of what is held of them: how tables are described for it, and the file. It knows no table and reads none;
each room describes its own, and what one room reads no other sees."""
