"""The program's own web server: health, and what platforms send or show over HTTP."""
