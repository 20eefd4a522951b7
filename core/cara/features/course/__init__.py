"""The course: venues, cohorts, places, registers, the telephone intervention, breach and completion. States stand in the referral."""
