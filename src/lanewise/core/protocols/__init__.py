"""The doors between rooms: what a plug-in must be able to do. One verb each where that is enough."""
