"""Referrals: from an officer's draft to a provider's acceptance."""
