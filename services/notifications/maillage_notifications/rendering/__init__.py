"""From a stored message to words: facts looked up now, texts in the reader's language, mail in our look."""
