"""What is said and what is answered."""
