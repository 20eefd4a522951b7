"""Pages of the victims' record, its policy and its leaflets."""
