"""The embedded local stack: real servers and Google's emulators on loopback."""
