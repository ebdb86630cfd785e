"""What people and programs are told where something is wrong, and the commands that are offered instead."""
