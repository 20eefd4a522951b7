"""Who may deliver CARA: dated licences, granted by the Trust, each for one provider in one force.

The core asks by the `clearance` hook whether a provider may deliver somewhere on a day; without an answer it may not.
"""
