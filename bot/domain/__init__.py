"""What Cairn is about: plain values and rules, with no input or output."""
