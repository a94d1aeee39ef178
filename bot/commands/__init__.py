"""Where events enter the core: the command table, its reader and the handlers."""
