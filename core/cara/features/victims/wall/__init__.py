"""Behind the wall: tables, encryption and the record keeper; `hold_gate` is its one door."""
