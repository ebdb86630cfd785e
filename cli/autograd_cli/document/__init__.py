"""What an answer shows, apart from how: blocks of text, numbers and mathematics, which every writer can write."""
