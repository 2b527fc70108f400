"""What a hostile source or event may say, and what holds whatever it says."""
