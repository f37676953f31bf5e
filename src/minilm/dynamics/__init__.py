"""What goes on inside a training: instruments, a dashboard, faults and their marks, rates, sizes and widths."""
