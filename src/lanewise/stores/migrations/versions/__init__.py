"""One file per step, `m0001` on. A step that was released is never changed: it has run on somebody's money."""
