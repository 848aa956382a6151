"""Networks drawn at random, to compare the compiler with reference interpreters."""
