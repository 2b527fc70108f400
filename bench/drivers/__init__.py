"""What runs in a contender's process, on its Python and libraries: kept as small as can be."""
