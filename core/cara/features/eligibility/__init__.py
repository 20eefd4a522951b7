"""May this case be dealt with by CARA, and why: pure rules, dated, each with its source.

Import from `cara.features.eligibility.parse_facts` (reading facts), `.engine` (answering) and `.answer` (the answer); this module
itself stays empty, so that the commands start quickly.
"""
