"""The command line: one file a command group. stdout carries data, stderr carries talk."""
