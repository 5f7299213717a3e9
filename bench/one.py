"""The least program there is: what `make bench` runs in a cold box and by bare Python."""

print(1)
