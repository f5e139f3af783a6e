"""Which questions are so alike that one's answer may be the other's, and how sure that is. Read `certified` first."""
