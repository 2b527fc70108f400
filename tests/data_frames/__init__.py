"""The data set in pandas, which only the developers' requirements have."""
