"""Help, privacy and accessibility: pages that anybody may read, signed in or not."""
