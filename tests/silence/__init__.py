"""The proof that nothing of a victim leaves its room: every test is watched, in this process and in those that it starts.

`watch` knows what was sealed behind the wall, `rooms` who may read it where, `scanner` looks for it, `taps` hand the scanner all
that the platform produces, `plugin` ties them to pytest.
"""
