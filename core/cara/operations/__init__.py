"""The edges: the composition root, the commands, the loops beside the application, backups and the doctor."""
