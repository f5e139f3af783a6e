"""How a store of an earlier version becomes one of this version: numbered steps in `versions`, only ever added to."""
