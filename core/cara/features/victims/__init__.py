"""The walled room. Nothing outside it reads a victim's table; the rest of the platform knows its one door,
`cara.features.victims.wall.hold_gate`."""
