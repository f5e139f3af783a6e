"""What an operator does, for the command line and the admin API alike: report, trace, keys, backup, forget, retention, books."""
