"""Import and repair of the archive that an older crawler left."""
