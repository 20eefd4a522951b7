"""`cara doctor`: looks at an installation and says, check by check, what is wrong and what to do. Changes nothing."""
