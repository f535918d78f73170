"""What the stack takes from the machine: processes, ports, folders, Java, jars."""
