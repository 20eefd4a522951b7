"""What comes after the course: services that people are sent on to, onward referral, and who pays for it."""
